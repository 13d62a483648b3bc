"""The nominal distribution of each channel's score, by judging the telemetry that a calibration was fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from detection import confidence
from detection.calibration import Calibration, ChannelCalibration
from detection.detector import Detector
from detection.series import Series
from detection.types import ChannelInput, Floats, Forecaster


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
        inputs = [
            ChannelInput(name, "", one.timestamps, one.values, 0, len(one))
            for name, one in zip(series, together, strict=True)
        ]
        for judged in detector.evidence(inputs)[0]:
            scores[judged.channel.name].append(judged.scores)
    return {name: replace(channel, scores=confidence.fit(scores[name])) for name, channel in fitted.items()}
