"""A file's pace: steps that are even although the times were cut, gaps, and rows far from all others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.files import FileError, Table
from detection.series import gapless
from detection.tool.cadence import even_times, main_part, paced

START_MS = 1_767_225_600_000


@pytest.mark.parametrize(
    ("period", "unit"), [(1046.0, 1000), (1001.0 * 1.02, 1000), (1333.3, 1000), (1714.0, 1000), (61_700.0, 60_000)]
)
@pytest.mark.parametrize("cut", [np.floor, np.round, np.ceil])
def test_times_cut_to_a_unit_below_the_cadence_are_put_back_on_their_grid(
    period: float, unit: int, cut: np.ufunc
) -> None:
    """Each is within a unit of where it was, the steps are even, and the period is the true one."""
    true = START_MS + 123.0 + period * np.arange(5000)
    grid = even_times((cut(true / unit) * unit).astype(np.int64))
    assert grid is not None
    assert grid.period_ms == pytest.approx(period, rel=1e-4)
    assert float(np.abs(grid.times - true).max()) < 1.1 * unit
    assert (gapless(grid.times, round(period)) == np.arange(1, 5001)).all()


@pytest.mark.parametrize("period", [22, 25, 28])
def test_a_row_lost_at_even_distances_is_the_same_record(period: int) -> None:
    """Times alone cannot tell them apart; both are judged as even rows."""
    rows = np.arange(6000)
    grid = even_times(START_MS + 30_000 * rows[rows % period != period - 1])
    assert grid is not None
    assert grid.period_ms == pytest.approx(30_000 * period / (period - 1), rel=1e-4)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.05, 0.1]))
def test_rows_lost_at_random_stay_gaps(seed: int, part: float) -> None:
    """Nothing is evened out where rows are missing."""
    kept = np.random.default_rng(seed).random(3000) >= part
    assert even_times(START_MS + 30_000 * np.flatnonzero(kept)) is None


def test_a_row_that_is_missing_in_cut_times_is_still_a_gap() -> None:
    """The grid before and the grid after are a whole period apart from one another."""
    true = START_MS + 1046.0 * np.delete(np.arange(4000), [1010, 2510])
    grid = even_times((true // 1000 * 1000).astype(np.int64))
    assert grid is not None
    run = gapless(grid.times, 1046)
    assert np.flatnonzero(run == 1).tolist() == [0, 1010, 2509]


def test_what_was_done_to_the_times_is_said() -> None:
    """The note tells the period and the steps that were found."""
    stamps = ((START_MS + 1046.0 * np.arange(500)) // 1000 * 1000).astype(np.int64)
    found = paced(Table(stamps, {"a": np.zeros(500)}))
    assert found.cadence_ms == 1046
    assert "one row every 1.046 s: steps of 1 s and 2 s follow one another so evenly" in found.table.notes[0]
    assert found.table.warnings == ()


def test_rows_far_from_all_others_are_said_and_not_shown_first() -> None:
    """A clock that was not set: the main part is this year's, whichever side the others are on."""
    now = START_MS + 30_000 * np.arange(500, dtype=np.int64)
    for stamps, lie in (
        (
            np.concatenate((30_000 * np.arange(3), now)),
            "(1970-01-01 00:00:00 to 1970-01-01 00:01:00) lie 56.0 years before",
        ),
        (np.concatenate((now, now[-1:] + 40 * 365 * 86_400_000)), "lies 40.0 years after the others"),
    ):
        found = paced(Table(stamps, {"a": np.zeros(len(stamps))}))
        assert found.shown == (int(now[0]), int(now[-1]))
        assert lie in found.table.warnings[0]
        assert "1 gap, the longest " in found.table.notes[1]
        assert "years" in found.table.notes[1]


def test_passes_of_a_day_are_one_record() -> None:
    """Ten minutes every few hours, or two rows: nothing is apart."""
    passes = np.concatenate([START_MS + day * 21_600_000 + 1000 * np.arange(600, dtype=np.int64) for day in range(8)])
    assert main_part(passes, 1000) == ((int(passes[0]), int(passes[-1])), ())
    assert main_part(np.array([0, 10**12]), 10**12)[1] == ()


def test_one_time_alone_is_refused() -> None:
    """There is no cadence in it."""
    with pytest.raises(FileError, match="rows at two times or more"):
        paced(Table(np.array([START_MS, START_MS]), {"a": np.zeros(2)}))
