"""Samples made ready: nothing unusable stays, nothing is left out silently."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.series import gapless, prepare
from detection.types import ChannelInput

CADENCE = 1000


def channel(times: list[int], values: list[float], history: int = 0) -> ChannelInput:
    return ChannelInput("c", "V", np.array(times, dtype=np.int64), np.array(values, dtype=float), history, len(values))


def test_what_is_left_out_is_said() -> None:
    """Infinite and out-of-order samples are left out and counted in words; missing ones are only missing."""
    series = prepare(channel([0, 1000, 2000, 1500, 3000], [1.0, float("inf"), float("nan"), 4.0, 5.0]), CADENCE)
    assert series.timestamps.tolist() == [0, 1500, 3000]
    assert series.defects == ("1 infinite value left out",)
    series = prepare(channel([0, 1000, 1000, 500], [1.0, 2.0, 3.0, 4.0]), CADENCE)
    assert series.values.tolist() == [1.0, 2.0]
    assert series.defects == ("2 samples repeated or out of order left out",)


def test_history_is_counted_after_the_unusable_are_gone() -> None:
    """The batch begins at its own first usable sample, however much of the history was unusable."""
    series = prepare(channel([0, 1000, 2000, 3000], [np.nan, 1.0, np.nan, 2.0], history=2), CADENCE)
    assert series.first == 1
    assert series.values[series.first :].tolist() == [2.0]


@given(st.lists(st.sampled_from([200, 1000, 1400, 1600, 5000]), max_size=40))
def test_a_run_counts_back_to_the_last_gap(steps: list[int]) -> None:
    """A sample's run is one more than its predecessor's where the step is near the cadence, and 1 otherwise."""
    times = np.cumsum([0, *steps]).astype(np.int64)
    run = gapless(times, CADENCE)
    assert run[0] == 1
    for i, step in enumerate(steps, 1):
        assert run[i] == (run[i - 1] + 1 if 500 <= step <= 1500 else 1)


@pytest.mark.parametrize(("cadence", "unit"), [(1046, 1000), (1333, 1000), (1900, 1000), (61_700, 60_000), (104, 100)])
def test_times_cut_to_a_unit_below_the_cadence_follow_one_another(cadence: int, unit: int) -> None:
    """Steps of one and two units are those of an even record whose times were cut; three units are a gap."""
    times = (np.arange(200, dtype=np.int64) * cadence) // unit * unit
    assert gapless(times, cadence).tolist() == list(range(1, 201))
    times[100:] += 2 * unit
    assert gapless(times, cadence)[99:102].tolist() == [100, 1, 2]


def test_double_steps_at_a_whole_cadence_are_gaps() -> None:
    """Where the cadence is a whole number of units nothing was cut, and a double step is a missing row."""
    assert gapless(np.array([0, 1000, 2000, 4000]), 1000).tolist() == [1, 2, 3, 1]
    assert gapless(np.array([0, 1046, 2092, 4184]), 1046).tolist() == [1, 2, 3, 1]
