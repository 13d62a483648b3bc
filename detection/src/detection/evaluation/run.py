"""Fits on each recording's train array and judges its test array, causally."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detection.calibration import Calibration, with_revision
from detection.consensus import BLOCK
from detection.detector import Detector
from detection.evaluation.baselines import BASELINES
from detection.evaluation.dataset import Recording, Span
from detection.evaluation.metric import Counts, count, delays, interval
from detection.events import spans
from detection.fit import Nominal, fit_group
from detection.judge import Judged
from detection.series import Integers, Series, prepare
from detection.types import ChannelInput, Floats, Forecaster

CADENCE_MS = 60_000
GAP_MS = 2 * BLOCK * CADENCE_MS
"""The test array is a recording of its own: some time after the train array, and on another scale."""
_MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one method says of one recording: its events, and its scores [m] if it has any (above 1: flagged)."""

    events: tuple[Span, ...]
    scores: Floats | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One method over all labelled recordings."""

    method: str
    counts: Counts
    low: float
    high: float
    delay: float | None
    false_per_day: float


def evaluate(
    recordings: Sequence[Recording], forecasters: Sequence[Forecaster], done: Callable[[Recording, Evidence], None]
) -> dict[str, dict[str, Prediction]]:
    """Predictions by method and channel: the detector's, and each baseline's.

    ``done`` is given each channel's evidence, which is not kept.
    """
    found: dict[str, dict[str, Prediction]] = {"passwatch": {}, **{name: {} for name in BASELINES}}
    for recording in recordings:
        ours = evidence(recording, forecasters)
        found["passwatch"][recording.channel] = ours.prediction
        for name, baseline in BASELINES.items():
            flags = baseline(recording.train, recording.test)
            found[name][recording.channel] = Prediction(tuple(spans(flags, 0)))
        done(recording, ours)
    return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the detector made of a recording: its judgement, train array included, and the samples' numbers.

    ``index`` [n] numbers the series' samples from the first of the test array on; those before it are negative.
    """

    judged: Judged
    index: Integers

    @property
    def prediction(self) -> Prediction:
        """Events and scores on the test array."""
        first = self.judged.series.first
        scores = np.full(self.judged.channel.expected, np.nan)
        scores[self.index[first:]] = self.judged.scores[first:]
        return Prediction(
            tuple((int(self.index[a]), int(self.index[b])) for a, b in spans(self.judged.flags, first)), scores
        )


def judge(recording: Recording, forecasters: Sequence[Forecaster]) -> Prediction:
    """The detector's events on the test array, with a calibration fitted on the train array alone."""
    return evidence(recording, forecasters).prediction


def evidence(recording: Recording, forecasters: Sequence[Forecaster]) -> Evidence:
    """All that the detector has to say of a recording, with a calibration fitted on the train array alone."""
    train = _series(recording.train)
    fitted = fit_group(
        {recording.channel: Nominal([train], representative=recording.representative)}, CADENCE_MS, forecasters
    )
    calibration = with_revision(
        Calibration(
            mission="evaluation",
            cadence_ms=CADENCE_MS,
            source="train arrays",
            models={forecaster.model: forecaster.version for forecaster in forecasters},
            channels=fitted,
        )
    )
    detector = Detector(calibration, forecasters)
    history = recording.train[-detector.history_samples :]
    values = np.concatenate((history, recording.test))
    times = np.arange(len(values), dtype=np.int64) * CADENCE_MS
    times[len(history) :] += GAP_MS
    channel = ChannelInput(recording.channel, "", times, values, len(history), len(recording.test))
    (judged,), _, _ = detector.evidence([channel])
    index = judged.series.timestamps // CADENCE_MS - len(history)
    index[judged.series.first :] -= GAP_MS // CADENCE_MS
    return Evidence(judged, index)


def outcome(method: str, recordings: Sequence[Recording], predictions: dict[str, Prediction]) -> Outcome:
    """The figures of one method over the recordings that are labelled."""
    labelled = [(r, r.events, predictions[r.channel].events) for r in recordings if r.events is not None]
    channels = [count(events, predicted, len(r.test)) for r, events, predicted in labelled]
    total = sum(channels, Counts())
    low, high = interval(channels)
    late = [delay for _, events, predicted in labelled for delay in delays(events, predicted)]
    return Outcome(
        method,
        total,
        low,
        high,
        float(np.median(late)) if late else None,
        total.false / (total.nominal / _MINUTES_A_DAY) if total.nominal else 0.0,
    )


def _series(values: Floats) -> Series:
    times = np.arange(len(values), dtype=np.int64) * CADENCE_MS
    return prepare(ChannelInput("", "", times, values, 0, len(values)), CADENCE_MS)
