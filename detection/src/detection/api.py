"""The detector as its users see it: samples of a subsystem's channels in, a verdict with its evidence out.

    calibration = load_calibration(Path("missions/calibration/default.json"))
    forecasters = [TritonForecaster("127.0.0.1:8001", model) for model in MODELS]
    detector = Detector(calibration, forecasters)
    judgement = detector.judge([ChannelInput(...), ...])

The worker reads ``detector.history_samples`` samples before the batch with it; given them, judging a record batch
by batch equals judging it whole, sample for sample. Nothing in a judgement depends on a later sample.
"""

from detection.calibration import Calibration, CalibrationError, empty_calibration, load_calibration
from detection.detector import Detector
from detection.types import (
    HORIZON,
    WINDOW,
    ChannelInput,
    Forecaster,
    ForecasterRefused,
    ForecasterTimedOut,
    ForecasterUnavailable,
    SubsystemJudgement,
)

MODELS = ("vae_timeseries", "transformer_timeseries")
"""The served models."""

__all__ = [
    "HORIZON",
    "MODELS",
    "WINDOW",
    "Calibration",
    "CalibrationError",
    "ChannelInput",
    "Detector",
    "Forecaster",
    "ForecasterRefused",
    "ForecasterTimedOut",
    "ForecasterUnavailable",
    "SubsystemJudgement",
    "empty_calibration",
    "load_calibration",
]
