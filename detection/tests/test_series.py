"""Samples made ready: nothing unusable stays, nothing is left out silently."""

from __future__ import annotations

import numpy as np
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
    assert series.defects == ("1 infinite values left out",)
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
