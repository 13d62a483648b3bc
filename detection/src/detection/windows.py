"""Which windows are forecast: tiles of ten samples on a grid that is fixed in absolute time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection.series import Integers, Series
from detection.types import HORIZON, WINDOW, Floats

STRIDE = HORIZON
"""Windows follow one another so that their forecasts tile the time."""
FARTHEST = 1e6
"""Spreads from the level beyond which a forecaster is not told how far: its arithmetic is in single precision."""


def starts(series: Series, cadence_ms: int) -> Integers:
    """The first forecast sample of each window: int64 [B], each with 20 gapless samples before it.

    The tiles do not depend on where a batch begins, so that a record judged in batches has the same ones. After a gap
    the first tile begins as soon as 20 samples are there, and ends where the grid's next one begins.
    """
    on_grid = series.timestamps // cadence_ms % STRIDE == 0
    return np.flatnonzero((series.run > WINDOW) & on_grid | (series.run == WINDOW + 1))


def inputs(series: Series, begins: Integers, level: float, spread: float) -> NDArray[np.float32]:
    """The windows before ``begins``, float32 [B, 20], in units of the channel's spread around its level."""
    index = begins[:, None] + np.arange(-WINDOW, 0)
    scaled = np.clip((series.values[index] - level) / spread, -FARTHEST, FARTHEST)
    return np.asarray(scaled, dtype=np.float32)


def lay(series: Series, begins: Integers, forecasts: Floats) -> tuple[Floats, Integers]:
    """Forecasts [B, 10] laid on the samples they are of: values [n] (nan where there is none) and leads [n] (1..10,
    else 0).

    A forecast ends at a gap. Where two cover a sample, the later one counts.
    """
    values = np.full(len(series), np.nan)
    leads = np.zeros(len(series), dtype=np.int64)
    if not len(begins):
        return values, leads
    index = begins[:, None] + np.arange(HORIZON)
    lead = np.broadcast_to(np.arange(1, HORIZON + 1), index.shape)
    inside = index < len(series)
    reached = np.where(inside, index, 0)
    inside &= series.run[reached] == series.run[begins][:, None] + np.arange(HORIZON)
    values[index[inside]] = forecasts[inside]
    leads[index[inside]] = lead[inside]
    return values, leads
