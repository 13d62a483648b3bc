"""What goes into the detector and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from passwatch.contracts import AnomalyEvent, ChannelResult, Verdict
from passwatch.mission import Limits
from passwatch.series import ChannelSeries

WINDOW = 20
"""Samples that a forecaster sees."""
HORIZON = 10
"""Samples that it forecasts: those right after the window."""

Times = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class ForecasterUnavailable(Exception):
    """The forecaster cannot answer now (server down, model not loaded); the same call may succeed later."""


class ForecasterTimedOut(ForecasterUnavailable):
    """The forecaster is there, and did not answer this in the time that it was given."""


class ForecasterRefused(Exception):
    """The forecaster will not answer this, however often it is asked; the message says what it said."""


class Forecaster(Protocol):
    """A model that continues a window of evenly spaced samples."""

    @property
    def model(self) -> str:
        """The model's name, for example ``vae_timeseries``."""
        ...

    @property
    def version(self) -> str:
        """What identifies the weights: the first 12 hex digits of the ONNX file's SHA-256."""
        ...

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Continue ``windows`` (float32 [B, 20], finite, B may be 0) by float32 [B, 10].

        Raises:
            ForecasterUnavailable: no answer now; try again later.
            ForecasterTimedOut: no answer in time; the same may happen each time.
            ForecasterRefused: no answer ever.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChannelInput:
    """The samples of one channel: history first, then those of the batch.

    ``timestamps`` int64 [n], event time in ms, and ``values`` float64 [n], ``nan`` where a sample is missing
    (leaving the sample out altogether means the same). The first ``history`` of them precede the batch and are
    read, never judged. ``expected`` is the number of samples that the batch should hold. ``resolution`` is one step
    of the digitisation, if known.
    """

    name: str
    unit: str
    timestamps: Times
    values: Floats
    history: int
    expected: int
    limits: Limits = field(default_factory=Limits)
    resolution: float | None = None

    def __post_init__(self) -> None:
        if self.timestamps.ndim != 1 or self.timestamps.shape != self.values.shape:
            shapes = f"{self.timestamps.shape} and {self.values.shape}"
            raise ValueError(f"{self.name}: timestamps and values must be equally long vectors, not {shapes}")
        if not 0 <= self.history <= len(self.timestamps) or self.expected < 0:
            raise ValueError(f"{self.name}: history {self.history} or expected {self.expected} out of range")


@dataclass(frozen=True, slots=True)
class SubsystemJudgement:
    """The verdict on one subsystem: its events and one result and series per channel, in the order of the inputs.

    ANOMALY if there is any event; otherwise INSUFFICIENT_DATA if any channel could not be judged; otherwise NOMINAL.
    ``reason`` says in words why the verdict is not NOMINAL; None if it is. ``forecast_s`` and ``score_s`` are the
    wall-clock seconds spent in the forecasters and on the rest.
    """

    verdict: Verdict
    reason: str | None
    events: Sequence[AnomalyEvent]
    channels: Sequence[ChannelResult]
    series: Sequence[ChannelSeries]
    forecast_s: float
    score_s: float
