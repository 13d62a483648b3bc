"""Fits a calibration on nominal telemetry.

A threshold is the most extreme nominal value of a member's statistic, and a margin beyond it for all the nominal
telemetry that was not seen: nominal telemetry should exceed it once in twenty million samples. The tail is taken to
fall off exponentially with the scale of the statistic's block maxima (Gumbel), so the less was seen, the wider the
margin; for forecast errors on a logarithmic scale, since those of channels that are hard to forecast have heavy
tails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from detection import evidence, members, windows
from detection.calibration import Bounds, Calibration, ChannelCalibration, Character, with_revision
from detection.nominal_scores import with_nominal_scores
from detection.relation.bridge import gap_errors
from detection.relation.fit import relate
from detection.relation.statistics import POWER, SUMS
from detection.scaling import level_and_spread
from detection.series import Integers, Series
from detection.types import HORIZON, Flags, Floats, Forecaster

RETURN_SAMPLES = 2e7
"""A nominal channel exceeds each threshold about once in so many samples."""
RELATION_RETURN_SAMPLES = 1e7
"""The same for each statistic of a channel's relation; there are nine."""
SETTLED_SAMPLES = 20_000
"""With less nominal telemetry than this, not every nominal regime was seen."""
RIDGE = 1e-2
_BLOCKS = 40
_LONGEST_BLOCK = 540
_GUMBEL = 6.0**0.5 / np.pi
"""Scale of a Gumbel distribution by its standard deviation."""
_REACH_BLOCK = 50
"""Samples of a block of representative nominal telemetry,"""
_REACH = 0.98
"""of which so many stay below what is called its reach."""
_SURPRISE_BEYOND = 1.5
"""Surprises are anomalies beyond so many times their reach,"""
_FLAT_BEYOND = 2.0
"""runs of one value beyond so many times theirs,"""
_SHORTEST_FLAT = 3.0
"""which is taken for at least so many samples,"""
_LONGEST_REACH = 25.0
"""and says nothing where it is longer than this: standing still is nominal there."""
_DISCRETE = 8
"""A channel with at most so many distinct values is discrete,"""
_SLOW = 0.5
"""one that stays as it is in more than this part of its steps is slow,"""
_UNPREDICTABLE = 0.5
"""and one whose forecast error is more than this part of its standard deviation is unpredictable."""
_FLOORS = {"range": 0.01, "level": 0.005, "activity": 0.001}
"""Smallest Gumbel scale of a member, in the channel's spreads."""
_LOG_FLOOR = 0.04
"""The same for forecast errors, on the logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Nominal:
    """A channel's nominal telemetry: one series per stretch or satellite, and one step of its digitisation, if
    known.

    ``representative``: an engineer says that it shows all that is nominal, however short it is.
    """

    series: Sequence[Series]
    resolution: float | None = None
    representative: bool = False


Fleet = Mapping[str, Mapping[str, Nominal]]
"""Satellites' nominal telemetry: by subsystem and channel. All series are of the same satellites, in the same order."""


def fit_calibration(
    mission: str,
    cadence_ms: int,
    source: str,
    fleets: Iterable[Fleet],
    forecasters: Sequence[Forecaster],
    tell: Callable[[str], None] = lambda _: None,
) -> Calibration:
    """Fit every channel, one fleet after another; a subsystem's channels are siblings.

    ``source`` says what the telemetry is. ``tell`` is told, in words, what is being fitted.
    """
    channels: dict[str, ChannelCalibration] = {}
    for fleet in fleets:
        fitted: dict[str, ChannelCalibration] = {}
        for subsystem, group in fleet.items():
            tell(f"members of {subsystem}")
            fitted |= fit_group(group, cadence_ms, forecasters)
        series = {name: nominal.series for group in fleet.values() for name, nominal in group.items()}
        tell(f"relations of {len(series)} channels")
        fitted |= _with_relations(fitted, series, cadence_ms)
        tell(f"nominal scores of {len(series)} channels")
        channels |= with_nominal_scores(fitted, series, cadence_ms, forecasters)
    return with_revision(
        Calibration(
            mission=mission,
            cadence_ms=cadence_ms,
            source=source,
            models={forecaster.model: forecaster.version for forecaster in forecasters},
            channels=channels,
        )
    )


def fit_group(
    group: Mapping[str, Nominal], cadence_ms: int, forecasters: Sequence[Forecaster]
) -> dict[str, ChannelCalibration]:
    """Fit the channels of one subsystem; their series must be of the same satellites, in the same order.

    Raises:
        ValueError: a channel has no sample to fit on.
    """
    linear = {name: _fit_linear(nominal) for name, nominal in group.items()}
    errors = {
        name: [evidence.autoregression_error(linear[name], series) for series in nominal.series]
        for name, nominal in group.items()
    }
    fitted = {}
    for name, nominal in group.items():
        siblings = [other for other in group if other != name]
        calm = [
            evidence.quiet(series, [(group[other].series[i], errors[other][i]) for other in siblings])
            for i, series in enumerate(nominal.series)
        ]
        fitted[name] = _fit_members(nominal, replace(linear[name], siblings=siblings), calm, cadence_ms, forecasters)
    return fitted


def _with_relations(
    fitted: Mapping[str, ChannelCalibration], series: Mapping[str, Sequence[Series]], cadence_ms: int
) -> dict[str, ChannelCalibration]:
    """The channels of which enough was seen to relate them to the others, each with its relation."""
    settled = {name: parts for name, parts in series.items() if fitted[name].samples >= SETTLED_SAMPLES}
    known = {name: replace(fitted[name], gap_errors=gap_errors(parts)) for name, parts in settled.items()}
    for name, found, statistics in relate(settled, known, cadence_ms) if settled else ():
        bounds = {member: _relation_bounds(member, values) for member, values in statistics.items()}
        known[name] = replace(known[name], relation=found, members=known[name].members | bounds)
    return known


def _fit_linear(nominal: Nominal) -> ChannelCalibration:
    """Everything that one channel alone decides: its units, its autoregression, its character."""
    values = np.concatenate([series.values for series in nominal.series])
    if not len(values):
        raise ValueError("no nominal samples")
    level, spread = level_and_spread(values, nominal.resolution)
    floor = _floor(nominal, spread)
    fitted = ChannelCalibration(
        character="smooth",
        samples=len(values),
        settled=nominal.representative or len(values) >= SETTLED_SAMPLES,
        level=level,
        spread=spread,
        lags=_autoregression(nominal.series, floor),
        sigma=1.0,
        siblings=[],
        model_sigma={},
        members={},
    )
    linear = [evidence.autoregression_forecast(fitted, series).values for series in nominal.series]
    sigma = _sigma(nominal.series, linear, floor)
    return replace(fitted, character=_character(nominal, values, sigma), sigma=sigma)


def _fit_members(
    nominal: Nominal,
    fitted: ChannelCalibration,
    calm: Sequence[Flags],
    cadence_ms: int,
    forecasters: Sequence[Forecaster],
) -> ChannelCalibration:
    """The models' errors by lead, and every member's bounds."""
    floor = _floor(nominal, fitted.spread)
    units = fitted.level, fitted.spread
    laid = {f.model: [_laid(f, series, cadence_ms, *units) for series in nominal.series] for f in forecasters}
    model_sigma = {model: _by_lead(nominal.series, parts, floor) for model, parts in laid.items()}
    fitted = replace(fitted, model_sigma=model_sigma)
    statistics = []
    for i, series in enumerate(nominal.series):
        forecasts = {model: evidence.model_forecast(fitted, model, *parts[i]) for model, parts in laid.items()}
        forecasts[evidence.AUTOREGRESSION] = evidence.autoregression_forecast(fitted, series)
        statistics.append(evidence.statistics(series, forecasts, calm[i]))
    bounds = {
        name: _bounds(name, [s[name] for s in statistics], fitted.spread, nominal.resolution) for name in statistics[0]
    }
    if nominal.representative:
        bounds |= {name: _reach(name, [s[name] for s in statistics]) for name in ("flat", evidence.SURPRISE)}
        if fitted.samples < SETTLED_SAMPLES:
            bounds = {name: found for name, found in bounds.items() if name != "activity" and not _is_mean(name)}
    return replace(fitted, members={name: found for name, found in bounds.items() if found is not None})


def _floor(nominal: Nominal, spread: float) -> float:
    """The smallest error that counts: rounding alone makes as much."""
    return 0.3 * nominal.resolution if nominal.resolution else 0.01 * spread


def _autoregression(nominal: Sequence[Series], floor: float) -> list[float]:
    """Ridge regression of each sample on the 32 before it, relative to their mean."""
    gram = np.zeros((members.LAGS, members.LAGS))
    moment = np.zeros(members.LAGS)
    count = 0
    for series in nominal:
        if len(series) <= members.LAGS:
            continue
        past = np.lib.stride_tricks.sliding_window_view(series.values[:-1], members.LAGS)
        known = series.run[members.LAGS :] > members.LAGS
        mean = past.mean(1)
        relative = (past - mean[:, None])[known]
        target = (series.values[members.LAGS :] - mean)[known]
        gram += relative.T @ relative
        moment += relative.T @ target
        count += len(target)
    ridge = RIDGE * (count * floor**2 + np.trace(gram) / members.LAGS * 1e-3) + 1e-12
    return [float(c) for c in np.linalg.solve(gram + ridge * np.eye(members.LAGS), moment)]


def _laid(
    forecaster: Forecaster, series: Series, cadence_ms: int, level: float, spread: float
) -> tuple[Floats, Integers]:
    begins = windows.starts(series, cadence_ms)
    forecast = forecaster.forecast(windows.inputs(series, begins, level, spread))
    return windows.lay(series, begins, level + spread * forecast.astype(np.float64))


def _by_lead(nominal: Sequence[Series], parts: Sequence[tuple[Floats, Integers]], floor: float) -> list[float]:
    """A model's nominal error by lead."""
    leads = range(1, HORIZON + 1)
    return [_sigma(nominal, [np.where(n == lead, v, np.nan) for v, n in parts], floor) for lead in leads]


def _sigma(nominal: Sequence[Series], forecasts: Sequence[Floats], floor: float) -> float:
    """The error that 68.27 % of the nominal errors stay within, at least the floor: outliers do not count."""
    errors = np.concatenate([np.abs(s.values - f) for s, f in zip(nominal, forecasts, strict=True)])
    errors = errors[np.isfinite(errors)]
    return max(float(np.quantile(errors, 0.6827)), floor) if len(errors) else floor


def _bounds(name: str, statistics: Sequence[Floats], spread: float, resolution: float | None) -> Bounds | None:
    everything = np.concatenate(statistics)
    everything = everything[np.isfinite(everything)]
    if not len(everything):
        return None
    centre = float(np.median(everything))
    if name == evidence.SURPRISE:
        return None
    if name == "flat":
        longest = float(everything.max())
        high = max(1.5 * longest, longest + 6.0)
        return Bounds(centre=centre, high=high) if high < members.LONGEST_FLAT else None
    margin = float(np.log(max(RETURN_SAMPLES / len(everything), np.e)))
    if name not in {"range", "level", "activity"}:
        return Bounds(
            centre=centre, low=-_error_reach([-s for s in statistics], margin), high=_error_reach(statistics, margin)
        )
    floor = max(_FLOORS[name] * spread, 0.25 * (resolution or 0.0))
    if name == "activity":
        floor = max(0.02 * float(everything.max()), 0.02 * (resolution or 0.0), _FLOORS[name] * spread)
    minima, maxima = -_block_maxima([-s for s in statistics]), _block_maxima(statistics)
    top = float(maxima.max()) + margin * max(float(maxima.std()) * _GUMBEL, floor)
    bottom = float(minima.min()) - margin * max(float(minima.std()) * _GUMBEL, floor)
    if name == "activity" and bottom <= 0.0:
        return Bounds(centre=centre, high=top)
    return Bounds(centre=centre, low=bottom, high=top)


def _is_mean(name: str) -> bool:
    """Whether a member averages errors: over short telemetry too few of its means are independent to bound them."""
    return name.endswith(evidence.MEAN)


def _reach(name: str, statistics: Sequence[Floats]) -> Bounds | None:
    """A bound close to what representative nominal telemetry reaches in all but two of a hundred blocks."""
    maxima = _block_maxima(statistics, _REACH_BLOCK)
    if not len(maxima):
        return None
    reach = float(np.quantile(maxima, _REACH))
    centre = float(np.nanmedian(np.concatenate(statistics)))
    if name == "flat":
        return (
            Bounds(centre=centre, high=_FLAT_BEYOND * max(_SHORTEST_FLAT, reach)) if reach <= _LONGEST_REACH else None
        )
    return Bounds(centre=centre, high=_SURPRISE_BEYOND * reach) if reach > centre else None


def _relation_bounds(member: str, statistics: Sequence[Floats]) -> Bounds:
    known = np.concatenate(statistics)
    known = known[np.isfinite(known)]
    margin = float(np.log(max(RELATION_RETURN_SAMPLES / max(len(known), 1), np.e)))
    reach = _sum_reach if member in SUMS else _error_reach
    centre = float(np.median(known)) if len(known) else 0.0
    high = max(reach(statistics, margin), centre + 1.0)
    if member == POWER:
        return Bounds(centre=centre, high=high)
    return Bounds(centre=centre, low=min(-reach([-s for s in statistics], margin), centre - 1.0), high=high)


def _sum_reach(statistics: Sequence[Floats], margin: float) -> float:
    """The threshold of one side of a sum of many errors, whose tail falls off as fast as theirs do together."""
    maxima = _block_maxima(statistics)
    top = max(float(maxima.max(initial=0.0)), 1.0)
    return top + margin * max(float(maxima.std()) * _GUMBEL if len(maxima) else 0.0, _LOG_FLOOR * top)


def _error_reach(statistics: Sequence[Floats], margin: float) -> float:
    """The threshold of one side of a forecast error: in sigmas, at least 1."""
    maxima = np.log(np.maximum(_block_maxima(statistics), 1.0))
    return float(np.exp(maxima.max() + margin * max(float(maxima.std()) * _GUMBEL, _LOG_FLOOR)))


def _block_maxima(statistics: Sequence[Floats], length: int | None = None) -> Floats:
    """The largest value of each block that has any: of ``length`` samples, a few hundred if it is not given."""
    length = length or min(max(sum(map(len, statistics)) // _BLOCKS, 1), _LONGEST_BLOCK)
    blocks = [part[begin : begin + length] for part in statistics for begin in range(0, len(part), length)]
    blocks = [block[np.isfinite(block)] for block in blocks]
    return np.array([block.max() for block in blocks if len(block)])


def _character(nominal: Nominal, values: Floats, sigma: float) -> Character:
    """What kind of channel it is, by how its nominal telemetry moves."""
    distinct = np.unique(values)
    if len(distinct) == 1:
        return "constant"
    if len(distinct) <= _DISCRETE:
        return "discrete"
    steps = np.concatenate([np.diff(series.values) for series in nominal.series])
    if np.mean(steps == 0.0) > _SLOW:
        return "slow"
    return "unpredictable" if sigma > _UNPREDICTABLE * values.std() else "smooth"
