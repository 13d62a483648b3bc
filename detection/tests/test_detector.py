"""The detector's laws: causal, the same batch by batch as whole, and never silently nominal."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detection.api import Calibration, ChannelInput, Detector, SubsystemJudgement
from passwatch.contracts import ChannelResult
from passwatch.mission import Limits

Telemetry = Callable[..., ChannelInput]
PAIR = (("temp_a", 11, 0.0), ("temp_b", 12, 0.3))


def wave(count: int, seed: int, phase: float) -> NDArray[np.float64]:
    angle = 2 * np.pi * (np.arange(count) / 185.0 + phase)
    return np.round(20.0 + 5.0 * np.sin(angle) + 0.05 * np.random.default_rng(seed).standard_normal(count), 2)


def pair(
    telemetry: Telemetry, count: int = 400, change: Callable[[NDArray[np.float64]], None] | None = None
) -> list[ChannelInput]:
    """Both channels' nominal input; ``change`` alters the first one's values in place."""
    values = [wave(count, seed, phase) for _, seed, phase in PAIR]
    if change:
        change(values[0])
    return [telemetry(v, name=name) for v, (name, _, _) in zip(values, PAIR, strict=True)]


def only(judgement: SubsystemJudgement, name: str = "temp_a") -> ChannelResult:
    return next(channel for channel in judgement.channels if channel.channel == name)


def test_nominal_telemetry_is_nominal(detector: Detector, telemetry: Telemetry) -> None:
    """Telemetry like that of the calibration raises nothing, and its reason is empty."""
    judgement = detector.judge(pair(telemetry, 1080))
    assert (judgement.verdict, judgement.reason, list(judgement.events)) == ("NOMINAL", None, [])
    assert [len(s.times) for s in judgement.series] == [1060, 1060]
    assert all(len(s.forecasts["last_value"]) == len(s.scores) == 1060 for s in judgement.series)


def spike(values: NDArray[np.float64]) -> None:
    values[200:202] += 3.0


def shift(values: NDArray[np.float64]) -> None:
    values[200:260] -= 0.5


def drift(values: NDArray[np.float64]) -> None:
    values[200:260] += np.linspace(0.0, 3.0, 60)


def noise(values: NDArray[np.float64]) -> None:
    values[200:260] += 0.4 * np.random.default_rng(3).standard_normal(60)


def stuck(values: NDArray[np.float64]) -> None:
    values[200:260] = values[199]


def thousandfold(values: NDArray[np.float64]) -> None:
    values[200:] *= 1000.0


@pytest.mark.parametrize("fault", [spike, shift, drift, noise, stuck, thousandfold])
def test_a_fault_is_found_on_its_channel_and_time(
    detector: Detector, telemetry: Telemetry, fault: Callable[[NDArray[np.float64]], None]
) -> None:
    """A decent fault raises an event on its own channel while it lasts, with an explanation that names channel and
    unit.
    """
    judgement = detector.judge(pair(telemetry, 400, fault))
    assert judgement.verdict == "ANOMALY"
    assert {event.channel for event in judgement.events} == {"temp_a"}
    first = judgement.events[0]
    begin = int(judgement.series[0].times[0]) - 20 * 30_000
    assert 200 <= (first.start - begin) // 30_000 < 260
    assert first.start <= first.peak <= first.end
    assert first.explanation.startswith("temp_a ")
    assert "°C" in first.explanation
    assert first.score > first.threshold
    assert first.share == 1.0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, 599), min_size=1, max_size=4, unique=True),
    seed=st.integers(0, 3),
    missing=st.frozensets(st.integers(0, 599), max_size=4),
    faulty=st.integers(0, 599),
)
def test_judging_batch_by_batch_equals_judging_the_whole_record(
    detector: Detector, telemetry: Telemetry, cuts: list[int], seed: int, missing: frozenset[int], faulty: int
) -> None:
    """Given the declared history, every sample has the same evidence however the record was cut into batches."""
    values = {name: wave(600, seed + base, phase) for name, base, phase in PAIR}
    values["temp_a"][faulty : faulty + 20] += 1.0
    for channel in values.values():
        channel[list(missing)] = np.nan

    def inputs(begin: int, end: int, history: int) -> list[ChannelInput]:
        return [
            telemetry(v[begin - history : end], name=name, history=history, first=begin - history)
            for name, v in values.items()
        ]

    whole, _, _ = detector.evidence(inputs(0, 600, 0))
    bounds = [0, *sorted(cuts), 600]
    for begin, end in pairwise(bounds):
        history = min(begin, detector.history_samples)
        parts, _, _ = detector.evidence(inputs(begin, end, history))
        for part, all_of_it in zip(parts, whole, strict=True):
            inside = slice(part.series.first, None)
            at = np.searchsorted(all_of_it.series.timestamps, part.series.timestamps[inside])
            for member, ratio in part.ratios.items():
                np.testing.assert_allclose(ratio[inside], all_of_it.ratios[member][at], rtol=1e-9, atol=1e-12)
            assert part.flags[inside].tolist() == all_of_it.flags[at].tolist()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(end=st.integers(1, 399), faulty=st.integers(0, 399))
def test_no_judgement_depends_on_a_later_sample(
    detector: Detector, telemetry: Telemetry, end: int, faulty: int
) -> None:
    """The evidence on a truncated record is the prefix of the evidence on the whole."""

    def fault(values: NDArray[np.float64]) -> None:
        values[faulty:] += 1.0

    full = pair(telemetry, 400, fault)
    cut = [telemetry(channel.values[:end], name=channel.name) for channel in full]
    for part, whole in zip(detector.evidence(cut)[0], detector.evidence(full)[0], strict=True):
        np.testing.assert_allclose(part.scores, whole.scores[:end], rtol=1e-9, atol=1e-12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from([-30_000, 0, 1, 10_000, 30_000, 30_001, 90_000, 10**9]), max_size=80),
    data=st.data(),
)
def test_no_input_breaks_the_detector_or_passes_unjudged(
    detector: Detector, steps: list[int], data: st.DataObject
) -> None:
    """Whatever the times and values are, there is a verdict, and it is not NOMINAL for what nobody could judge."""
    times = np.cumsum([1_767_225_600_000, *steps]).astype(np.int64)
    number = st.one_of(st.floats(width=32), st.sampled_from([0.0, 20.0, 1e300, -1e300, float("nan"), float("inf")]))
    values = np.array(data.draw(st.lists(number, min_size=len(times), max_size=len(times))))
    history = data.draw(st.integers(0, len(times)))
    name = data.draw(st.sampled_from(["temp_a", "temp_b", "never_seen"]))
    expected = data.draw(st.integers(0, 100))
    judgement = detector.judge([ChannelInput(name, "°C", times, values, history, expected)])
    msgspec.json.encode([judgement.events, judgement.channels])
    result = judgement.channels[0]
    if name == "never_seen" or result.samples < 20 or result.samples < expected / 2:
        assert judgement.verdict != "NOMINAL"
    if judgement.verdict != "NOMINAL":
        assert judgement.reason
    for event in judgement.events:
        assert times.min() <= event.start <= event.peak <= event.end <= times.max()


def test_five_samples_are_insufficient_and_it_is_said(detector: Detector, telemetry: Telemetry) -> None:
    """Too little to judge is INSUFFICIENT_DATA with its reason."""
    judgement = detector.judge([telemetry(np.full(5, 20.0), expected=1080)])
    assert judgement.verdict == "INSUFFICIENT_DATA"
    assert "1075 of 1080 samples missing" in (judgement.reason or "")


def test_a_channel_without_calibration_is_insufficient_and_its_limits_still_count(calibration: Calibration) -> None:
    """An unknown channel is never nominal; beyond a critical limit it is an anomaly that names the limit."""
    times = np.arange(400, dtype=np.int64) * 30_000
    channel = ChannelInput("unknown", "V", times, np.full(400, 5.0), 0, 400, Limits(critical_high=6.0))
    judge = Detector(calibration, []).judge
    calm = judge([channel])
    assert (calm.verdict, calm.channels[0].note) == (
        "INSUFFICIENT_DATA",
        "no calibration for this channel: only static limits judged",
    )
    high = judge([ChannelInput("unknown", "V", times, np.full(400, 7.0), 0, 400, Limits(critical_high=6.0))])
    assert high.verdict == "ANOMALY"
    assert (high.events[0].detector, high.events[0].severity) == ("limits", "critical")
    assert "above its critical limit 6 V" in high.events[0].explanation


def test_another_cadence_is_not_judged_as_if_it_were_the_calibrated_one(detector: Detector) -> None:
    """Samples every 10 s instead of every 30 s have no gapless past: INSUFFICIENT_DATA, and why."""
    times = np.arange(400, dtype=np.int64) * 10_000
    judgement = detector.judge([ChannelInput("temp_a", "°C", times, wave(400, 1, 0.0), 0, 400)])
    assert judgement.verdict == "INSUFFICIENT_DATA"
    assert "gapless past" in (judgement.channels[0].note or "")


def test_missing_samples_are_counted_and_what_is_not_forecast_is_said(detector: Detector, telemetry: Telemetry) -> None:
    """With a third of the records missing in one stretch the rest is judged, and the note tells what was not."""

    def gap(values: NDArray[np.float64]) -> None:
        values[500:800] = np.nan

    result = only(detector.judge(pair(telemetry, 1080, gap)))
    assert result.verdict == "NOMINAL"
    assert result.samples == 780
    assert "300 of 1080 samples missing" in (result.note or "")
    assert "no forecast for 40 samples" in (result.note or "")


def test_no_input_at_all_is_insufficient(detector: Detector) -> None:
    """A subsystem without channels cannot be nominal."""
    assert detector.judge([]).verdict == "INSUFFICIENT_DATA"


def test_forecasts_of_uncalibrated_weights_are_stored_and_not_judged(
    calibration: Calibration, telemetry: Telemetry
) -> None:
    """A model whose version is not the calibration's has no say, and the note tells it."""

    class Newer:
        model, version = "last_value", "2"

        def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.full((len(windows), 10), 1e6, np.float32)

    judgement = Detector(calibration, [Newer()]).judge(pair(telemetry))
    result = only(judgement)
    assert result.verdict == "NOMINAL"
    assert len(judgement.series[0].forecasts["last_value"]) == 380
    assert "another version" in (result.note or "")


def test_no_event_latches(detector: Detector, telemetry: Telemetry) -> None:
    """Once the telemetry is nominal again, the alarm ends within the span that the members look back over."""
    events = detector.judge(pair(telemetry, 800, shift)).events
    assert max(event.end for event in events) < 1_767_225_600_000 + (260 + 64) * 30_000
