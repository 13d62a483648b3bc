"""Which windows are forecast: the stored tiles of the batch, and the grid that is scored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detection.series import Integers, Series
from detection.types import HORIZON, WINDOW, Floats

STRIDE = HORIZON
"""Windows follow one another so that their forecasts tile the time."""


def tile_starts(series: Series) -> Integers:
    """The first forecast sample of each stored tile: every tenth of the batch with 20 gapless samples before it."""
    return _forecastable(series, np.arange(series.first, len(series), STRIDE))


def grid_starts(series: Series, cadence_ms: int) -> Integers:
    """The first forecast sample of each scored window.

    The grid is fixed in absolute time, so that it does not depend on where a batch begins.
    """
    starts = np.flatnonzero(series.timestamps // cadence_ms % STRIDE == 0)
    return _forecastable(series, starts)


def _forecastable(series: Series, starts: Integers) -> Integers:
    return np.asarray(starts[series.run[starts] > WINDOW], dtype=np.int64)


def inputs(series: Series, starts: Integers, level: float, spread: float) -> NDArray[np.float32]:
    """The windows before ``starts``, float32 [B, 20], in units of the channel's spread around its level."""
    index = starts[:, None] + np.arange(-WINDOW, 0)
    return np.asarray((series.values[index] - level) / spread, dtype=np.float32)


def lay(series: Series, starts: Integers, forecasts: Floats) -> tuple[Floats, Integers]:
    """Forecasts [B, 10] laid on the samples they are of: values [n] (nan where there is none) and leads [n] (1..10,
    else 0).

    A forecast ends at a gap. Where two cover a sample, the later one counts.
    """
    values = np.full(len(series), np.nan)
    leads = np.zeros(len(series), dtype=np.int64)
    if not len(starts):
        return values, leads
    index = starts[:, None] + np.arange(HORIZON)
    lead = np.broadcast_to(np.arange(1, HORIZON + 1), index.shape)
    inside = index < len(series)
    reached = np.where(inside, index, 0)
    inside &= series.run[reached] == series.run[starts][:, None] + np.arange(HORIZON)
    values[index[inside]] = forecasts[inside]
    leads[index[inside]] = lead[inside]
    return values, leads
