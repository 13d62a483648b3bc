"""Bad telemetry is told: a verdict that says so, an error at the door, or a sound result; never a silent NOMINAL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detection.api import Calibration, ChannelInput, Detector, SubsystemJudgement
from detection.fit import Nominal, fit_calibration
from detection.series import Series, gapless

CADENCE_MS = 30_000
START_MS = 1_767_225_600_000
COUNT = 400
Values = NDArray[np.float64]
quick = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class LastValue:
    """The forecaster of the fixtures: it keeps the window's last value."""

    model = "last_value"
    version = "1"

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.repeat(windows[:, -1:], 10, axis=1)


def wave(count: int, seed: int = 7, first: int = 0) -> Values:
    angle = 2 * np.pi * (first + np.arange(count)) / 185.0
    noise = 0.05 * np.random.default_rng(seed).standard_normal(count)
    return np.asarray(np.round(20.0 + 5.0 * np.sin(angle) + noise, 2), dtype=np.float64)


@pytest.fixture(scope="module")
def little() -> Calibration:
    """Fitted on a day of one channel: not every nominal regime was seen."""
    times = START_MS - 10**9 + np.arange(2880, dtype=np.int64) * CADENCE_MS
    group = {"temp_a": Nominal([Series(times, wave(2880), gapless(times, CADENCE_MS), 0)], 0.01)}
    fitted = fit_calibration("test", CADENCE_MS, "a day", [{"thermal": group}], [LastValue()])
    assert not fitted.channels["temp_a"].settled
    return fitted


@pytest.fixture(params=["much", "little"])
def judge(request: pytest.FixtureRequest) -> Detector:
    """The detector after much and after little nominal telemetry."""
    chosen: Detector
    if request.param == "much":
        chosen = request.getfixturevalue("detector")
    else:
        chosen = Detector(request.getfixturevalue("little"), [LastValue()])
    return chosen


def judged(
    detector: Detector, values: Values, times: Sequence[int] | None = None, name: str = "temp_a"
) -> SubsystemJudgement:
    """The judgement on a batch of 400 expected samples that follows on nominal history."""
    history = detector.history_samples
    before = START_MS + np.arange(-history, 0, dtype=np.int64) * CADENCE_MS
    stamps = START_MS + np.arange(len(values)) * CADENCE_MS if times is None else np.array(times, dtype=np.int64)
    return detector.judge(
        [
            ChannelInput(
                name,
                "°C",
                np.concatenate((before, stamps)).astype(np.int64),
                np.concatenate((wave(history, 8, -history), values)),
                history,
                COUNT,
                resolution=0.01,
            )
        ]
    )


def note(judgement: SubsystemJudgement) -> str:
    return judgement.channels[0].note or ""


@quick
@given(part=st.floats(0.0, 1.0), what=st.sampled_from([np.nan, np.inf, -np.inf]), seed=st.integers(0, 9))
def test_missing_and_infinite_samples_are_counted(judge: Detector, part: float, what: float, seed: int) -> None:
    """They are left out and it is said how many; where more than half are, there is no NOMINAL."""
    values = wave(COUNT)
    gone = np.random.default_rng(seed).random(COUNT) < part
    values[gone] = what
    judgement = judged(judge, values)
    count = int(gone.sum())
    assert judgement.channels[0].samples == COUNT - count
    if count:
        assert f"{count} of {COUNT} samples missing" in note(judgement)
        assert np.isnan(what) or f"{count} infinite" in note(judgement)
    if count > COUNT / 2:
        assert judgement.verdict != "NOMINAL"
    if count == COUNT:
        assert judgement.verdict == "INSUFFICIENT_DATA"
        assert "temp_a" in (judgement.reason or "")


@quick
@given(count=st.integers(0, 19), seed=st.integers(0, 9))
def test_a_handful_of_samples_is_too_little(judge: Detector, count: int, seed: int) -> None:
    """Five samples, or none, are INSUFFICIENT_DATA, and the reason names the channel and counts."""
    judgement = judged(judge, wave(COUNT, seed)[:count])
    assert judgement.verdict in {"INSUFFICIENT_DATA", "ANOMALY"}
    if judgement.verdict == "INSUFFICIENT_DATA":
        assert f"{COUNT - count} of {COUNT} samples missing" in (judgement.reason or "")


@quick
@given(begin=st.integers(0, COUNT - 120))
def test_a_channel_that_stops_moving_is_told(judge: Detector, begin: int) -> None:
    """A channel that always moved and stays at one value for the rest of the batch is an anomaly."""
    values = wave(COUNT)
    values[begin:] = values[begin]
    assert judged(judge, values).verdict == "ANOMALY"


@quick
@given(begin=st.integers(0, COUNT - 40), factor=st.sampled_from([1000.0, -1000.0, 1e6, 0.001, 1e-6]))
def test_a_unit_change_is_told(detector: Detector, begin: int, factor: float) -> None:
    """Values in another unit by factors of a thousand, from any sample of the batch on, are an anomaly from there."""
    values = wave(COUNT)
    values[begin:] *= factor
    judgement = judged(detector, values)
    assert judgement.verdict == "ANOMALY"
    assert (judgement.events[0].start - START_MS) // CADENCE_MS in range(max(begin - 1, 0), begin + 20)


@quick
@given(begin=st.integers(0, COUNT - 40), factor=st.sampled_from([1000.0, -1000.0, 1e6]))
def test_a_unit_change_is_told_after_little_telemetry_too(little: Calibration, begin: int, factor: float) -> None:
    """Where not every regime was seen, a jump of thousands of spreads is no regime."""
    values = wave(COUNT)
    values[begin:] *= factor
    assert judged(Detector(little, [LastValue()]), values).verdict == "ANOMALY"


@pytest.mark.parametrize(("factor", "offset"), [(1000.0, 0.0), (0.001, 0.0), (1.0, 273.15), (-1000.0, 0.0)])
def test_a_unit_change_in_a_gap_is_told(judge: Detector, factor: float, offset: float) -> None:
    """Where the level may have moved in a gap, a change of unit is an anomaly or cannot be judged, and that is said;
    a gap after which all is as before does no harm.
    """
    gap = 360
    history = judge.history_samples
    before = START_MS + np.arange(-history - gap, -gap, dtype=np.int64) * CADENCE_MS
    stamps = np.concatenate((before, START_MS + np.arange(COUNT, dtype=np.int64) * CADENCE_MS))
    past, values = wave(history, 8, -history - gap), wave(COUNT)

    def after(batch: Values) -> SubsystemJudgement:
        joined = np.concatenate((past, batch))
        return judge.judge([ChannelInput("temp_a", "°C", stamps, joined, history, COUNT, resolution=0.01)])

    assert after(values).verdict == "NOMINAL"
    judgement = after(values * factor + offset)
    if judgement.verdict != "ANOMALY":
        assert judgement.verdict == "INSUFFICIENT_DATA"
        assert "another regime or another unit" in (judgement.reason or "")


@quick
@given(order=st.sampled_from(["reversed", "twice", "all at once", "shuffled"]), seed=st.integers(0, 9))
def test_times_that_do_not_rise_are_told(judge: Detector, order: str, seed: int) -> None:
    """Samples whose time is not after the one before are left out, and it is said how many."""
    times = (START_MS + np.arange(COUNT) * CADENCE_MS).tolist()
    values = wave(COUNT)
    if order == "reversed":
        times = times[::-1]
    elif order == "twice":
        times = np.repeat(times[: COUNT // 2], 2).tolist()
    elif order == "all at once":
        times = [times[0]] * COUNT
    else:
        times = np.random.default_rng(seed).permutation(times).tolist()
    judgement = judged(judge, values, times)
    assert "repeated or out of order left out" in note(judgement)
    assert "samples missing" in note(judgement)
    if order != "twice":
        assert judgement.verdict != "NOMINAL"


@quick
@given(begin=st.integers(0, COUNT // 3), factor=st.sampled_from([0.1, 0.4, 2.0, 10.0, 1000.0]))
def test_a_cadence_that_changes_is_told(judge: Detector, begin: int, factor: float) -> None:
    """From where samples come faster or slower they do not continue one another, and nobody calls them NOMINAL."""
    steps = np.full(COUNT, float(CADENCE_MS))
    steps[begin:] *= factor
    times = (START_MS + np.concatenate(([0.0], np.cumsum(steps)[:-1]))).astype(np.int64).tolist()
    judgement = judged(judge, wave(COUNT), times)
    assert judgement.verdict != "NOMINAL"
    assert f"most samples are {30 * factor:g} s apart, not 30 s" in note(judgement)


@quick
@given(seed=st.integers(0, 9), scale=st.sampled_from([0.0, 1.0, 1e6]))
def test_a_channel_that_was_never_seen_is_told(judge: Detector, seed: int, scale: float) -> None:
    """Whatever its values are, nothing is known of it and the reason says so."""
    judgement = judged(judge, scale * wave(COUNT, seed), name="never_seen")
    assert judgement.verdict == "INSUFFICIENT_DATA"
    assert "never_seen (no calibration" in (judgement.reason or "")


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros((2, 2))])
def test_arrays_that_do_not_fit_are_an_error_at_the_door(values: Values) -> None:
    """Times and values of different shapes are refused with the channel's name, before anything is judged."""
    with pytest.raises(ValueError, match="temp_a"):
        ChannelInput("temp_a", "°C", np.arange(2, dtype=np.int64), values, 0, 2)
    with pytest.raises(ValueError, match="temp_a"):
        ChannelInput("temp_a", "°C", np.arange(3, dtype=np.int64), np.zeros(3), 4, 3)
