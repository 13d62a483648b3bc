"""Short gaps are bridged for what looks back over them, and how far off that may be is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.relation.bridge import LONGEST, bridged, gap_errors
from detection.relation.statistics import statistics
from detection.relation.views import FAR, NEAR, VIEWS, View
from detection.series import Series, gapless

CADENCE_MS = 30_000


def series(values: np.ndarray) -> Series:
    times = np.arange(len(values), dtype=np.int64) * CADENCE_MS
    return Series(times, values, gapless(times, CADENCE_MS), 0)


@given(
    values=st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=60),
    longest=st.integers(0, 5),
)
def test_only_short_gaps_are_bridged_and_only_by_what_is_between_their_ends(values: list[float], longest: int) -> None:
    """What is known stays; a gap that is too long, or open, stays; a bridge lies between the samples at its ends."""
    record = np.array(values)
    errors = [1.0 + length for length in range(longest)]
    filled, doubt = bridged(record, errors)
    known = np.flatnonzero(np.isfinite(record))
    np.testing.assert_array_equal(filled[known], record[known])
    np.testing.assert_array_equal(doubt[known], 0.0)
    for i in np.flatnonzero(np.isnan(record)):
        before, after = known[known < i], known[known > i]
        if len(before) and len(after) and (length := after[0] - before[-1] - 1) <= longest:
            ends = sorted((record[before[-1]], record[after[0]]))
            assert ends[0] - 1e-6 <= filled[i] <= ends[1] + 1e-6
            assert doubt[i] == errors[length - 1]
        else:
            assert np.isnan(filled[i])
            assert doubt[i] == 0.0


def test_the_errors_of_bridges_are_those_that_nominal_telemetry_shows() -> None:
    """A straight line is bridged without error, noise with that of its mean, a rare jump is not overlooked."""
    rng = np.random.default_rng(3)
    line = series(np.arange(5000.0))
    assert gap_errors([line]) == pytest.approx([0.0] * LONGEST, abs=1e-9)
    noise = series(rng.standard_normal(200_000))
    assert gap_errors([noise]) == pytest.approx([np.sqrt(1.5) * 3.29 / 3.0] * LONGEST, rel=0.03)
    jumps = series(np.where(np.arange(20_000) % 200 < 100, 0.0, 30.0))
    assert gap_errors([jumps]) == pytest.approx([5.0, 20 / 3, 5.0, 6.0, 5.0, 40 / 7, 5.0, 50 / 9], rel=0.01)


def test_too_little_telemetry_tells_no_errors() -> None:
    """Nothing is bridged of a channel of which too little was seen."""
    assert gap_errors([series(np.zeros(100))]) == []


@pytest.mark.parametrize("view", VIEWS)
@given(seed=st.integers(0, 2**32 - 1), size=st.floats(0.5, 50.0), doubtful=st.integers(1, 64))
def test_innovations_that_are_all_off_as_far_as_was_doubted_say_nothing(
    view: View, seed: int, size: float, doubtful: int
) -> None:
    """However many samples see the same bridge, being off by as much as it may be off is one sigma more, not many."""
    noise = np.random.default_rng(seed).standard_normal(400).clip(-3.0, 3.0)
    doubt = np.zeros(400)
    doubt[200 : 200 + doubtful] = size
    weights = np.zeros(len(NEAR.looks) if view is NEAR else len(FAR.looks))
    calm = statistics(view, noise, weights)
    found = statistics(view, noise + doubt, weights, doubt)
    for member, values in found.items():
        assert np.nanmax(np.abs(values)) <= np.nanmax(np.abs(calm[member])) + 1.0 + 1e-9
