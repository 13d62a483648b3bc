"""The members: each turns a channel's samples into one statistic per sample, from that sample and earlier ones alone.

Every statistic is float64 [n], nan where the member has nothing to say: too little gapless past, or no forecast.
"""

from __future__ import annotations

import numpy as np

from detection.series import Integers, Series
from detection.types import HORIZON, WINDOW, Flags, Floats

LEVEL_SPAN = 30
"""Samples over which level and activity are taken."""
ERROR_SPAN = 8
"""Samples over which forecast errors are averaged."""
STARTLED = 5.0
"""Sigmas beyond which a forecast error tells that something happens to the satellite: an eclipse, a load, a pass."""
STARTLE_SPAN = 4
"""Samples that it is held to happen for."""
LAGS = 32
"""Samples that the linear autoregression sees."""
_BEND = 2
"""Gapless samples before one that its second difference takes."""
LONGEST_FLAT = 96
"""A flat run is counted up to this many samples."""
PAST = max(LONGEST_FLAT, LEVEL_SPAN + 1, LAGS + ERROR_SPAN + STARTLE_SPAN, WINDOW + HORIZON + ERROR_SPAN)
"""Samples before a sample that any member may read."""


def surprise(series: Series, errors: Floats) -> Floats:
    """Geometric mean of the absolute second difference and of a forecast's absolute error, both of which a sample has
    to have: a step shows in both, noise that the channel always has in one."""
    bend = np.full(len(series), np.nan)
    bend[2:] = np.abs(np.diff(series.values, 2))
    return np.where(series.run > _BEND, np.sqrt(bend * np.abs(errors)), np.nan)


def flat(series: Series, longest: int = LONGEST_FLAT) -> Floats:
    """How many samples, this one included, have had this very value without a gap (at most ``longest``)."""
    values = series.values
    index = np.arange(len(values))
    changed = np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]
    begins = np.maximum.accumulate(np.where(changed | (series.run == 1), index, 0)) if len(index) else index
    return np.minimum(index - begins + 1, longest).astype(np.float64)


def level(series: Series) -> Floats:
    """Mean of the last 30 samples."""
    return mean_of_last(series.values, series.run >= LEVEL_SPAN, LEVEL_SPAN)


def activity(series: Series) -> Floats:
    """Mean absolute change from sample to sample over the last 30 samples."""
    steps = np.abs(np.diff(series.values, prepend=series.values[:1]))
    return mean_of_last(steps, series.run > LEVEL_SPAN, LEVEL_SPAN)


def deviation(series: Series) -> Floats:
    """Standard deviation of the last 30 samples."""
    result = np.full(len(series), np.nan)
    if len(series) >= LEVEL_SPAN:
        cut = np.lib.stride_tricks.sliding_window_view(series.values, LEVEL_SPAN)
        wanted = series.run[LEVEL_SPAN - 1 :] >= LEVEL_SPAN
        result[LEVEL_SPAN - 1 :][wanted] = cut[wanted].std(1)
    return result


def autoregression(series: Series, coefficients: Floats) -> Floats:
    """The sample forecast from the 32 before it, linearly, each taken relative to their mean: float64 [n]."""
    forecast = np.full(len(series), np.nan)
    if len(series) <= LAGS:
        return forecast
    past = np.lib.stride_tricks.sliding_window_view(series.values[:-1], LAGS)
    mean = past.mean(1)
    known = series.run[LAGS:] > LAGS
    forecast[LAGS:][known] = (mean + np.einsum("ij,j->i", past - mean[:, None], coefficients))[known]
    return forecast


def mean_error(error: Floats, run: Integers) -> Floats:
    """Mean signed error over the last 8 samples, if all of them have one: a shift that stays, a drift."""
    known = np.isfinite(error)
    index = np.arange(len(error))
    last_unknown = np.maximum.accumulate(np.where(known, -1, index))
    whole = (index - last_unknown >= ERROR_SPAN) & (run >= ERROR_SPAN)
    return mean_of_last(np.where(known, error, 0.0), whole, ERROR_SPAN)


def startled(error: Floats) -> Flags:
    """Where this sample or one of the 3 before it is further off its forecast than 5 sigma, or has no forecast."""
    off = ~(np.abs(error) <= STARTLED)
    result = off.copy()
    for earlier in range(1, STARTLE_SPAN):
        result[earlier:] |= off[:-earlier]
    result[: STARTLE_SPAN - 1] = True
    return result


def mean_of_last(values: Floats, where: np.ndarray, span: int) -> Floats:
    """Mean of the last ``span`` values at each sample where asked for; nan elsewhere.

    Each mean is summed by itself, so that it is the same number however long the record around it is.
    """
    result = np.full(len(values), np.nan)
    if len(values) >= span:
        cut = np.lib.stride_tricks.sliding_window_view(values, span)
        wanted = where[span - 1 :]
        result[span - 1 :][wanted] = cut[wanted].mean(1)
    return result
