"""The vote of several kinds of evidence on a channel whose regimes are not all known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection import consensus, members
from detection.evidence import Forecast
from detection.series import Series, gapless
from detection.types import Floats

CADENCE_MS = 60_000


def pulses(count: int, seed: int) -> Floats:
    """A channel with pulses at uneven times, white noise, and a rare step of its level."""
    rng = np.random.default_rng(seed)
    values = 0.05 * rng.standard_normal(count)
    for begin in np.cumsum(rng.integers(60, 100, count // 60)):
        values[begin : begin + 12] += 1.0
    return np.asarray(values + np.repeat(rng.integers(0, 2, -(-count // 3000)), 3000)[:count] * 0.3)


def judge(values: Floats, first: int = 0, gaps: tuple[tuple[int, int], ...] = ()) -> dict[str, Floats]:
    """Ratios of values that follow one another from sample number ``first``, but for gaps (before, samples)."""
    times = (first + np.arange(len(values), dtype=np.int64)) * CADENCE_MS
    for before, samples in gaps:
        if before > first:
            times[before - first :] += samples * CADENCE_MS
        else:
            times += samples * CADENCE_MS
    forecast = np.concatenate((values[:1], values[:-1]))
    forecast[0] = np.nan
    series = Series(times, values, gapless(times, CADENCE_MS), 0)
    return consensus.ratios(series, {"last": Forecast(forecast, np.ones(len(values)))}, 0.3, CADENCE_MS)


@settings(max_examples=12, deadline=None)
@given(begin=st.integers(0, 3000), cut=st.integers(1, 9000), gap=st.integers(1, 300), seed=st.integers(0, 50))
def test_votes_look_back_as_far_as_declared_and_never_ahead(begin: int, cut: int, gap: int, seed: int) -> None:
    """A member's part depends on the declared past of a sample and on nothing else, also across a gap."""
    values = pulses(9000, seed)
    gaps = ((7000, gap),)
    whole = judge(values, 0, gaps)
    early = judge(values[:cut], 0, tuple(g for g in gaps if g[0] < cut))
    late = judge(values[begin:], begin, gaps)
    for name, ratio in whole.items():
        np.testing.assert_allclose(early[name], ratio[:cut], rtol=1e-9, err_msg=name)
        known = slice(begin + consensus.PAST, None)
        np.testing.assert_allclose(late[name][consensus.PAST :], ratio[known], rtol=1e-9, err_msg=name)


def test_a_channel_that_goes_on_as_it_was_raises_nothing() -> None:
    """Pulses like those before them stay below the quorum."""
    highest = np.fmax.reduce(list(judge(pulses(3000, 4)).values()))
    assert np.nanmax(highest) < 1.0


@pytest.mark.parametrize("fault", ["spike", "shift", "noise", "silence"])
def test_what_several_members_see_is_an_anomaly(fault: str) -> None:
    """A spike, a shift, noise, and pulses that stay away in a value that no longer moves are found where they are."""
    values = pulses(2900, 4)
    values[2500:2900] = {
        "spike": np.where(np.arange(400) < 3, 4.0, values[2500:2900]),
        "shift": values[2500:2900] + 3.0,
        "noise": values[2500:2900] + np.random.default_rng(1).standard_normal(400),
        "silence": np.full(400, values[2500]),
    }[fault]
    highest = np.fmax.reduce(list(judge(values).values()))
    assert not (highest[:2500] > 1.0).any()
    assert (highest[2500:] > 1.0).any()


def test_a_standing_offset_raises_once() -> None:
    """A new level is an anomaly when it comes and normal once it has stayed."""
    values = pulses(2900, 4)
    values[1500:] += 3.0
    flagged = np.flatnonzero(np.fmax.reduce(list(judge(values).values())) > 1.0)
    assert flagged[0] in range(1500, 1520)
    assert flagged[-1] < 1500 + 5 * consensus.BLOCK


def test_the_level_after_a_long_gap_is_learned() -> None:
    """After a gap longer than a block a new level alone is no anomaly, and its first block is not judged."""
    values = pulses(2900, 4)
    values[1500:] += 3.0
    parts = judge(values, 0, ((1500, 2 * consensus.BLOCK),))
    assert not (np.fmax.reduce(list(parts.values())) > 1.0).any()
    assert np.isnan(parts["range"][1500 + consensus.LINGER : 1500 + consensus.BLOCK]).all()


def test_little_past_gives_no_verdict() -> None:
    """Below eight blocks of past every member is silent."""
    for name, ratio in judge(pulses(390, 1)).items():
        assert np.isnan(ratio).all(), name


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 50), former=st.integers(700, 2000), size=st.floats(4.0, 40.0))
def test_what_is_told_of_an_event_is_outside_of_what_it_is_told_to_have_left(
    seed: int, former: int, size: float
) -> None:
    """Also where the same happened once before: what a member mostly was between is not widened by it."""
    values = pulses(3000, seed)
    values[former : former + 3] += 2.0 * size
    values[2700:2703] += size
    times = np.arange(3000, dtype=np.int64) * CADENCE_MS
    series = Series(times, values, gapless(times, CADENCE_MS), 0)
    for member in ("range", "activity", "deviation"):
        bounds = consensus.recent_bounds(series, member, 2700)
        at = consensus.farthest(series, member, 2700, 2720)
        assert bounds is not None
        assert at is not None
        told = {"range": values, "activity": members.activity(series), "deviation": members.deviation(series)}[member]
        assert told[at] > (bounds.high or 0.0) or told[at] < (bounds.low or 0.0)
