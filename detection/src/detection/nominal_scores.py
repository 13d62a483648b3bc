"""The nominal distribution of each channel's score, by judging the telemetry that a calibration was fitted on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from detection import confidence
from detection.calibration import Calibration, ChannelCalibration
from detection.detector import Detector
from detection.series import Series
from detection.types import ChannelInput, Floats, Forecaster

PIECE = 4000
"""Periods of the cadence that are judged at a time."""


def with_nominal_scores(
    fitted: Mapping[str, ChannelCalibration],
    series: Mapping[str, Sequence[Series]],
    cadence_ms: int,
    forecasters: Sequence[Forecaster],
) -> dict[str, ChannelCalibration]:
    """The fitted channels of satellites, each with its nominal scores; ``series`` are those they were fitted on."""
    versions = {forecaster.model: forecaster.version for forecaster in forecasters}
    detector = Detector(
        Calibration(mission="", cadence_ms=cadence_ms, source="", models=versions, channels=dict(fitted)), forecasters
    )
    scores: dict[str, list[Floats]] = {name: [] for name in fitted}
    for together in zip(*series.values(), strict=True):
        parts: dict[str, list[Floats]] = {name: [np.empty(0)] for name in fitted}
        for inputs in _pieces(dict(zip(series, together, strict=True)), detector.history_samples, cadence_ms):
            for judged in detector.evidence(inputs)[0]:
                parts[judged.channel.name].append(judged.scores[judged.series.first :])
        for name, found in parts.items():
            scores[name].append(np.concatenate(found))
    return {name: replace(channel, scores=confidence.fit(scores[name])) for name, channel in fitted.items()}


def _pieces(satellite: Mapping[str, Series], history: int, cadence_ms: int) -> Iterator[list[ChannelInput]]:
    """A satellite's channels piece by piece, each with the history that its judgement takes: judged whole, all that is
    to be seen of a satellite would be a hundred times its telemetry."""
    known = [one.timestamps for one in satellite.values() if len(one)]
    if not known:
        return
    for begin in range(min(times[0] for times in known), max(times[-1] for times in known) + 1, PIECE * cadence_ms):
        piece = []
        for name, one in satellite.items():
            first, last = map(int, np.searchsorted(one.timestamps, (begin, begin + PIECE * cadence_ms)))
            read = slice(max(0, first - history), last)
            piece.append(
                ChannelInput(name, "", one.timestamps[read], one.values[read], min(first, history), last - first)
            )
        yield piece
