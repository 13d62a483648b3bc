"""All members' statistics of one channel, and how far each is beyond its bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection import members
from detection.calibration import Bounds, ChannelCalibration
from detection.series import Integers, Series
from detection.types import HORIZON, Flags, Floats

AUTOREGRESSION = "autoregression"
"""The forecaster that needs no model: linear, fitted to its channel."""
SURPRISE = "surprise"
"""The member that weighs the second difference with the linear autoregression's error."""
QUIET = "_quiet"
"""Its members that speak only while the siblings are quiet are named with this added."""
RELATION = "relation"
"""The forecaster that knows the rest of the satellite (:mod:`detection.relation`): its members' names begin so."""
MEAN = "_mean"
"""A forecaster's second member is named after it with this added: its error over the last samples, signs kept."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One forecaster's forecasts of a channel's samples: ``values`` [n] in its unit, and their nominal error
    ``sigma`` [n]."""

    values: Floats
    sigma: Floats


def model_forecast(channel: ChannelCalibration, model: str, values: Floats, leads: Integers) -> Forecast:
    """A model's forecasts with the nominal error of their leads; nothing where the model is not calibrated."""
    by_lead = np.array([np.nan, *channel.model_sigma.get(model, [np.nan] * HORIZON)])
    return Forecast(values, by_lead[leads])


def autoregression_forecast(channel: ChannelCalibration, series: Series) -> Forecast:
    """The linear autoregression's forecasts."""
    values = members.autoregression(series, np.array(channel.lags))
    return Forecast(values, np.full(len(series), channel.sigma))


def autoregression_error(channel: ChannelCalibration, series: Series) -> Floats:
    """The linear autoregression's errors in sigmas, [n]."""
    forecast = autoregression_forecast(channel, series)
    return (series.values - forecast.values) / forecast.sigma


def quiet(series: Series, siblings: Sequence[tuple[Series, Floats]]) -> Flags:
    """Where no sibling is startled: [n] from each sibling's series and errors in sigmas.

    What startles several channels at once is the satellite's doing. A channel that is off while its siblings are
    quiet is off by itself, and much less is then enough to say so.
    """
    calm = np.full(len(series), bool(siblings))
    for other, error in siblings:
        startled = members.startled(error)
        if other.timestamps is series.timestamps or np.array_equal(other.timestamps, series.timestamps):
            calm &= ~startled
        elif len(other):
            at = np.minimum(np.searchsorted(other.timestamps, series.timestamps), len(other) - 1)
            calm &= ~startled[at] & (other.timestamps[at] == series.timestamps)
        else:
            calm[:] = False
    return calm


def statistics(series: Series, forecasts: Mapping[str, Forecast], calm: Flags) -> dict[str, Floats]:
    """Each member's statistic by name, [n] each; ``forecasts`` by forecaster, ``calm`` where the siblings are quiet."""
    found = {
        "range": series.values,
        "level": members.level(series),
        "activity": members.activity(series),
        "flat": members.flat(series),
    }
    for name, forecast in forecasts.items():
        error = (series.values - forecast.values) / forecast.sigma
        found[name] = error
        found[name + MEAN] = members.mean_error(error, series.run)
        if name == AUTOREGRESSION:
            found[SURPRISE] = members.surprise(series, error)
            alone = np.where(calm, error, np.nan)
            found[name + QUIET] = alone
            found[name + QUIET + MEAN] = members.mean_error(alone, series.run)
    return found


def ratio(statistic: Floats, bounds: Bounds) -> Floats:
    """How far the statistic is from its centre, in units of the distance to its threshold: above 1 is an anomaly."""
    result = np.full(len(statistic), np.nan)
    known = np.isfinite(statistic)
    result[known] = 0.0
    if bounds.high is not None:
        result = np.fmax(result, (statistic - bounds.centre) / (bounds.high - bounds.centre))
    if bounds.low is not None:
        result = np.fmax(result, (bounds.centre - statistic) / (bounds.centre - bounds.low))
    return result


def forecaster_of(member: str) -> str:
    """The forecaster that a member judges, or the member itself.

    >>> forecaster_of("autoregression_quiet_mean")
    'autoregression'
    """
    if member.startswith(RELATION):
        return RELATION
    return member.removesuffix(MEAN).removesuffix(QUIET)
