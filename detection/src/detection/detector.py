"""The detector: every channel of a subsystem judged by all members, one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detection.calibration import Calibration
from detection.types import ChannelInput, Forecaster, SubsystemJudgement


class Detector:
    """Judges subsystems with one calibration and any number of forecasters (none: the other members alone)."""

    def __init__(self, calibration: Calibration, forecasters: Sequence[Forecaster]) -> None:
        self.calibration = calibration
        self.forecasters = tuple(forecasters)

    @property
    def history_samples(self) -> int:
        """How many samples before the batch the detector reads."""
        raise NotImplementedError

    @property
    def models(self) -> Mapping[str, str]:
        """Version by model, as the forecasters report them now."""
        return {forecaster.model: forecaster.version for forecaster in self.forecasters}

    def judge(self, inputs: Sequence[ChannelInput]) -> SubsystemJudgement:
        """Judge the channels of one subsystem of one batch.

        Raises:
            ForecasterUnavailable: a forecaster cannot answer now; judge again later.
        """
        raise NotImplementedError
