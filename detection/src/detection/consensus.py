"""Evidence on a channel of which not every nominal regime was seen: several kinds of evidence vote.

Each member's statistic is compared with its own recent past: with the largest (or smallest) values of the blocks of
50 samples before it, of which mean and standard deviation say how far a nominal block reaches. One member beyond that
is often only a regime that was not seen yet; what is wrong shows in several of them at once. So their distances are
capped and added. What stays, or comes again and again, becomes part of the past that later samples are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from detection import members
from detection.calibration import Bounds
from detection.evidence import Forecast
from detection.series import Series
from detection.types import Flags, Floats

BLOCK = 50
"""Samples of a block, on a grid that is fixed in absolute time."""
BLOCKS = 80
"""Blocks back to which evidence is remembered."""
FEWEST_BLOCKS = 8
"""Blocks below which there is nothing to compare with."""
BEFORE_GAP = 20
"""Blocks before a gap that tell how far the level moved in it."""
LINGER = 30
"""Samples for which a member's vote counts, since members answer a fault sooner or later."""
START = 1.0
"""Standard deviations beyond the mean block from which a member votes,"""
CAP = 12.0
"""and where its vote grows no further."""
QUORUM = 9.0
"""The sum of the votes that is an anomaly."""
OTHER_UNIT = 300.0
"""A range that is so many times wider or narrower after a gap is not judged by the one before it."""
LONG_SPAN = 120
"""Samples over which long activity is taken."""
SMOOTHING = 5
"""Samples over which forecast errors are smoothed: each of the last, by its exponential weight."""
FLAT_FACTOR = 2.0
"""A run of one value is an anomaly when it is so many times as long as the longest before it."""
LONGEST_FLAT = 500
"""A run is counted up to this many samples,"""
SHORT_FLAT = 4.0
"""and the longest before it is taken for at least so long."""
_SMOOTHED = 8 * SMOOTHING
_WINDOW = max(LONG_SPAN + 1, LONGEST_FLAT, members.LAGS + _SMOOTHED, 30 + _SMOOTHED)
PAST = (BLOCKS + BEFORE_GAP + 3) * BLOCK + LINGER + _WINDOW
"""Samples before a sample that any of this may read."""
FLOORS = {"range": 0.015, "level": 0.015, "activity": 0.005, "activity_long": 0.005, "deviation": 0.01}
"""Smallest standard deviation of a member's blocks, in the channel's recent range,"""
_LOG_FLOOR = 0.15
"""and of smoothed forecast errors, on the logarithmic scale."""
_SMALLEST_ERROR = 0.001
"""Forecast errors below this part of the recent range are all the same."""


def ratios(series: Series, forecasts: Mapping[str, Forecast], spread: float, cadence_ms: int) -> dict[str, Floats]:
    """Each member's part in the verdict, [n]: the largest of them is the sum of all votes over the quorum.

    ``forecasts`` by forecaster; together they have one vote. ``spread`` is that of the channel's calibration.
    """
    units = Blocks(series, cadence_ms)
    found = votes(series, units, forecasts, spread)
    summed = total(found) / QUORUM
    leading = np.fmax.reduce(list(found.values()))
    part = np.divide(summed, leading, out=np.zeros(len(series)), where=leading > 0.0)
    parts = {name: np.where(np.isfinite(vote), vote * part, np.nan) for name, vote in found.items()}
    return parts | {"flat": units.flat(series)}


def votes(series: Series, units: Blocks, forecasts: Mapping[str, Forecast], spread: float) -> dict[str, Floats]:
    """Each member's vote, [n]: 0 to 11, shared by the forecasters; nan where a member has nothing to say."""
    reach = units.recent_range(series.values, spread)
    found: dict[str, Floats] = {}
    for name, summed_up in _STATISTICS.items():
        statistic, floor = summed_up(series), FLOORS[name] * reach
        found[name] = _vote(np.fmax(units.distance(statistic, floor), units.distance(-statistic, floor)))
    for name, forecast in forecasts.items():
        error = np.maximum(_smoothed(np.abs(series.values - forecast.values)), _SMALLEST_ERROR * reach)
        distance = units.distance(np.log(error), np.full(len(series), _LOG_FLOOR))
        found[name] = _vote(distance) / len(forecasts)
    return found


def total(votes: Mapping[str, Floats]) -> Floats:
    """The sum of all votes, [n]; nan where no member has one."""
    stacked = np.array(list(votes.values()))
    return np.where(np.isfinite(stacked).any(0), np.nansum(stacked, 0), np.nan)


def without_past(series: Series, cadence_ms: int) -> Flags:
    """The samples at the record's beginning, which have fewer blocks before them than it takes to compare, [n]."""
    blocks = Blocks(series, cadence_ms)
    return np.asarray((blocks.stretch == 0) & (blocks.unit < FEWEST_BLOCKS), dtype=np.bool_)


def changed_in_gap(series: Series, spread: float, cadence_ms: int) -> str | None:
    """What else a channel is after a gap that the batch begins with or holds, in words; None if it is the same.

    A level that moved in a gap is learned. One that moved by more than the whole range before it, or a range that is
    hundreds of times wider or narrower, may be a new regime as well as another unit, and nobody can tell.
    """
    blocks = Blocks(series, cadence_ms)
    for begin in np.flatnonzero(np.diff(blocks.stretch, prepend=0) > 0):
        last = int(np.searchsorted(blocks.stretch, blocks.stretch[begin], side="right"))
        if last <= series.first or begin + BLOCK <= series.first:
            continue
        before, after = series.values[max(0, begin - BEFORE_GAP * BLOCK) : begin], series.values[begin:last]
        low, high = float(before.min()), float(before.max())
        width, now = max(high - low, spread), float(after.max() - after.min())
        level = float(np.median(after))
        if max(level - high, low - level) > width or now > OTHER_UNIT * width or 0.0 < now < width / OTHER_UNIT:
            now_and_before = f"{after.min():.4g} to {after.max():.4g} after a gap, {low:.4g} to {high:.4g} before it"
            return f"another regime or another unit: {now_and_before}"
    return None


def recent_bounds(series: Series, member: str, peak: int) -> Bounds | None:
    """What a member's statistic mostly was between, in the blocks before the sample ``peak``: from where it votes.

    None where it is not known.
    """
    statistic = _statistic(series, member)
    if statistic is None:
        return None
    past = statistic[max(0, peak - BLOCKS * BLOCK) : max(0, peak - BLOCK)]
    blocks = [part for begin in range(0, len(past), BLOCK) if len(part := _known(past[begin : begin + BLOCK]))]
    if not blocks:
        return None
    highest, lowest = (np.array([side(block) for block in blocks]) for side in (np.max, np.min))
    high = float(highest.mean() + START * highest.std())
    low = float(lowest.mean() - START * lowest.std())
    return Bounds(centre=(low + high) / 2.0, low=low, high=high)


def _known(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def farthest(series: Series, member: str, first: int, last: int) -> int | None:
    """The sample from ``first`` to ``last`` whose statistic is farthest from what it lately was; None if unknown.

    A vote lingers, so the sum's largest value may come after the sample that it is about.
    """
    statistic, bounds = _statistic(series, member), recent_bounds(series, member, first)
    if statistic is None or bounds is None or bounds.low is None or bounds.high is None:
        return None
    inside = statistic[first : last + 1]
    beyond = np.maximum(inside - bounds.high, bounds.low - inside)
    return first + int(np.nanargmax(beyond)) if np.isfinite(beyond).any() else None


class Blocks:
    """A series cut into blocks, each with those before it that it may be compared with.

    The first block's worth of samples after a gap longer than a block is learned, not judged: how far the level
    moved in the gap cannot be known.
    """

    def __init__(self, series: Series, cadence_ms: int) -> None:
        times = series.timestamps
        steps = np.diff(times, prepend=times[:1])
        self.stretch = np.cumsum(steps > BLOCK * cadence_ms)
        index = np.arange(len(times))
        begins = np.flatnonzero(np.diff(self.stretch, prepend=-1))
        self.age = index - begins[self.stretch] if len(times) else index
        block = times // (BLOCK * cadence_ms)
        new = (np.diff(block, prepend=block[:1] - 1) != 0) | (np.diff(self.stretch, prepend=-1) != 0)
        self.unit = np.cumsum(new) - 1
        self.first = np.flatnonzero(new)
        self.number = block[self.first]
        self.oldest = np.searchsorted(self.number, self.number - BLOCKS)

    def maxima(self, statistic: Floats) -> Floats:
        """The largest known value of each block, nan where there is none."""
        known = np.where(np.isfinite(statistic), statistic, -np.inf)
        largest = np.maximum.reduceat(known, self.first) if len(known) else known
        return np.asarray(np.where(np.isfinite(largest), largest, np.nan), dtype=np.float64)

    def distance(self, statistic: Floats, floor: Floats) -> Floats:
        """How far each value is beyond the mean of the block maxima before it, in their standard deviations, [n]."""
        largest = self.maxima(statistic)
        moved = self._moved(statistic, largest)
        mean, deviation = np.full(len(largest), np.nan), np.full(len(largest), np.nan)
        for unit in range(FEWEST_BLOCKS, len(largest)):
            before = slice(self.oldest[unit], unit)
            past = largest[before] + (moved[unit] - moved[before])
            past = past[np.isfinite(past)]
            if len(past) >= FEWEST_BLOCKS:
                mean[unit], deviation[unit] = past.mean(), past.std()
        width = np.maximum(deviation[self.unit], floor)
        far = np.divide(statistic - mean[self.unit], width, out=np.full(len(statistic), np.nan), where=width > 0.0)
        level_unknown = (self.stretch > 0) & (self.age < BLOCK)
        return np.where(level_unknown, np.nan, far)

    def recent_range(self, values: Floats, spread: float) -> Floats:
        """The channel's range over the blocks before each sample's own, at least its calibration's spread, [n]."""
        high, low = self.maxima(values), -self.maxima(-values)
        found = np.full(len(high), spread)
        for unit in range(1, len(high)):
            before = slice(self.oldest[unit], unit)
            if self.oldest[unit] < unit:
                found[unit] = max(spread, float(high[before].max() - low[before].min()))
        return np.asarray(found[self.unit], dtype=np.float64)

    def flat(self, series: Series) -> Floats:
        """How many times as long as the longest before it a run of one value is, over the factor, [n]."""
        run = members.flat(series, LONGEST_FLAT)
        longest = self.maxima(run)
        before = np.full(len(longest), np.nan)
        for unit in range(FEWEST_BLOCKS + 1, len(longest)):
            past = longest[self.oldest[unit] : unit - 1]
            if len(past) >= FEWEST_BLOCKS:
                before[unit] = max(float(past.max()), SHORT_FLAT)
        return np.where(run < LONGEST_FLAT, run / before[self.unit] / FLAT_FACTOR, 0.0)

    def _moved(self, statistic: Floats, largest: Floats) -> Floats:
        """By how much the level has risen in the gaps before each block, added up."""
        moved = np.zeros(len(largest))
        for stretch in range(1, int(self.stretch[-1]) + 1 if len(self.stretch) else 0):
            inside = np.flatnonzero(self.stretch == stretch)
            unit = self.unit[inside[0]]
            learned = statistic[inside[:BLOCK]]
            learned = learned[np.isfinite(learned)]
            past = largest[np.searchsorted(self.number, self.number[unit - 1] - BEFORE_GAP) : unit]
            past = past[np.isfinite(past)]
            if len(learned) and len(past):
                moved[unit:] += max(0.0, float(learned.max() - past.max()))
        return moved


def _activity_long(series: Series) -> Floats:
    steps = np.abs(np.diff(series.values, prepend=series.values[:1]))
    return members.mean_of_last(steps, series.run > LONG_SPAN, LONG_SPAN)


_STATISTICS: Mapping[str, Callable[[Series], Floats]] = {
    "range": lambda series: series.values,
    "level": members.level,
    "activity": members.activity,
    "activity_long": _activity_long,
    "deviation": members.deviation,
}
"""What is summed up of the samples, by member; these vote, and so does each forecaster's error."""


def _statistic(series: Series, member: str) -> Floats | None:
    if member == "flat":
        return members.flat(series, LONGEST_FLAT)
    return _STATISTICS[member](series) if member in _STATISTICS else None


def _smoothed(errors: Floats) -> Floats:
    """Exponentially weighted mean of the known ones among the last errors, [n]; nan where the error is unknown."""
    decay = 1.0 - 2.0 / (SMOOTHING + 1.0)
    weights = decay ** np.arange(_SMOOTHED)[::-1]
    padded = np.concatenate((np.full(_SMOOTHED - 1, np.nan), errors))
    known = np.isfinite(padded)
    view = np.lib.stride_tricks.sliding_window_view
    top = view(np.where(known, padded, 0.0), _SMOOTHED) @ weights
    bottom = view(known.astype(np.float64), _SMOOTHED) @ weights
    return np.where(np.isfinite(errors), top / np.maximum(bottom, 1e-300), np.nan)


def _vote(distance: Floats) -> Floats:
    """The largest capped distance of the last samples, above the start; nan where none of them is known."""
    padded = np.concatenate((np.full(LINGER - 1, np.nan), np.clip(distance, 0.0, CAP)))
    known = np.isfinite(padded)
    view = np.lib.stride_tricks.sliding_window_view
    largest = view(np.where(known, padded, -1.0), LINGER).max(1)
    return np.where(largest >= 0.0, np.maximum(largest - START, 0.0), np.nan)
