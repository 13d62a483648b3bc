"""Windows: which samples are forecast, from which others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection import windows
from detection.series import Series, gapless

CADENCE = 30_000


def series(count: int, first: int = 0, missing: tuple[int, ...] = (), offset: int = 0) -> Series:
    index = np.array([i for i in range(count) if i not in missing], dtype=np.int64)
    times = (index + offset) * CADENCE
    return Series(times, index.astype(float), gapless(times, CADENCE), int((index < first).sum()))


def forecast_samples(record: Series) -> list[int]:
    starts = windows.starts(record, CADENCE)
    values, _ = windows.lay(record, starts, np.zeros((len(starts), 10)))
    return [int(value) for value in record.values[np.isfinite(values)]]


@pytest.mark.parametrize("offset", range(10))
def test_a_first_batch_has_forecasts_for_all_but_its_first_20_samples(offset: int) -> None:
    """Of 1,080 samples without history 1,060 are forecast, wherever in time the batch begins."""
    assert forecast_samples(series(1080, offset=offset)) == list(range(20, 1080))


@pytest.mark.parametrize("history", [20, 25, 128])
@pytest.mark.parametrize("offset", [0, 3, 7])
def test_a_batch_that_follows_without_a_gap_is_forecast_whole(history: int, offset: int) -> None:
    """With 20 gapless samples or more before it, all 1,080 samples of a batch are forecast."""
    found = forecast_samples(series(1080 + history, first=history, offset=offset))
    assert [i for i in found if i >= history] == list(range(history, 1080 + history))


@given(st.integers(0, 199), st.integers(0, 9))
def test_no_window_touches_a_missing_sample(gap: int, offset: int) -> None:
    """A forecast ends at a gap, and the next one begins once 20 gapless samples have passed after it."""
    found = forecast_samples(series(200, missing=(gap,), offset=offset))
    without = {*range(20), *range(gap, min(gap + 21, 200))} if gap >= 20 else set(range(gap + 21))
    assert found == [i for i in range(200) if i not in without]


def test_tiles_are_ten_apart() -> None:
    """One window serves ten samples: a batch of 1,080 with its history takes 108 of them, and one to begin with."""
    assert len(windows.starts(series(1100, offset=3), CADENCE)) == 109


@given(st.integers(0, 60), st.integers(30, 90), st.integers(0, 9))
def test_the_tiles_do_not_depend_on_where_a_batch_begins(cut: int, length: int, offset: int) -> None:
    """A part of a record forecasts the same samples with the same leads as the whole, once the past is there."""
    whole = series(160, offset=offset)
    times = whole.timestamps[cut : cut + length]
    part = Series(times, whole.values[cut : cut + length], gapless(times, CADENCE), 0)
    _, of_whole = windows.lay(whole, s := windows.starts(whole, CADENCE), np.zeros((len(s), 10)))
    _, of_part = windows.lay(part, s := windows.starts(part, CADENCE), np.zeros((len(s), 10)))
    assert of_part[30:].tolist() == of_whole[cut + 30 : cut + length].tolist()


def test_a_window_holds_the_20_samples_right_before_its_forecast() -> None:
    """Inputs are in units of the channel's spread around its level."""
    record = series(40)
    cut = windows.inputs(record, np.array([20]), level=10.0, spread=2.0)
    assert cut.tolist() == [((np.arange(20) - 10.0) / 2.0).tolist()]
