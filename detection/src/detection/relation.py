"""The relation member: what a channel's subsystem, its last orbit and its own recent past together imply for it.

One regression gives the value from the siblings (now and up to 8 samples ago), from the channel and its siblings one
period (orbit) earlier, and from the channel's last 32 samples. Its error is the innovation: what none of them let
expect. A forecaster that follows a fault willingly leaves little of it in later innovations, but what it leaves of a
lasting one is known; the sum of the innovations weighed by that signature is the most telling linear statistic for a
fault that began so many samples ago (the generalised likelihood ratio of Willsky and Jones, 1976).

Innovations are not equally large everywhere: a panel's voltage jumps at an eclipse, the backlog breaks off in a pass.
Each is therefore taken relative to how large innovations nominally are in the state that one sibling tells, and to
how large they were around this phase of the last period. While siblings are startled they weigh nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection import members
from detection.calibration import ChannelCalibration, Relation
from detection.evidence import RELATION, Forecast, ratio
from detection.series import Integers, Series
from detection.types import Flags, Floats

SIBLING_LAGS = (0, 1, 2, 4, 8)
"""Samples ago at which the siblings are seen."""
ORBIT_REACH = 4
"""Samples on both sides of one period ago at which the channel itself is seen."""
LAGS = 32
"""Samples of its own recent past."""
SPANS = (3, 8, 24, 64)
"""Samples over which a lasting fault is looked for."""
POWER_SPAN = 16
"""Samples over which the innovations' power is taken."""
POWER = f"{RELATION}_power"
MEMBERS = (RELATION, *(f"{RELATION}_{span}" for span in SPANS), POWER)
ENOUGH = 0.5
"""The part of a signature's power that calm innovations must carry."""
LOUDEST = 8.0
"""Sigmas beyond which an innovation counts no more where several are added."""
STARTLED = 8.0
"""Sigmas of a sibling's autoregression beyond which it is startled,"""
CALM = 5
"""and samples that it must have been quiet for."""
USUAL = 3.0
"""An innovation of so many sigmas is nothing unusual."""
AROUND = 5
"""Samples on both sides of one period ago whose innovations tell how large they get in this phase."""
SHORTEST_PERIOD, LONGEST_PERIOD = 60, 200
"""Samples between which an orbit's period is looked for."""
ECHO = 16
"""Samples on both sides of one period ago in which a fault would be heard again, and the longest span after it."""
SHADOW = 24
"""Samples for which what is wrong with one channel explains what seems wrong with its siblings,"""
EXPLAINS = 1.25
"""if it is further off than they are, by this factor."""
_HEARD = max(SPANS) + LONGEST_PERIOD + AROUND + max(LONGEST_PERIOD + ORBIT_REACH, LAGS + CALM, members.PAST)
PAST = SHADOW + LONGEST_PERIOD + ECHO + max(SPANS) + _HEARD
"""Samples before a sample that the member may read."""


class Grid:
    """A group's samples side by side: ``values`` [channels, slots], nan where a sample is missing.

    ``slots`` [m] are the periods of the cadence, counted from 1970, in which any channel has a sample. ``places``
    holds for each channel's series the place of each sample's slot; -1 for one whose slot an earlier sample has taken.
    """

    def __init__(self, group: Sequence[Series], cadence_ms: int) -> None:
        taken = [np.unique(series.timestamps // cadence_ms, return_index=True) for series in group]
        self.slots = np.unique(np.concatenate([own for own, _ in taken]))
        self.values = np.full((len(group), len(self.slots)), np.nan)
        self.places = []
        for i, (series, (own, first)) in enumerate(zip(group, taken, strict=True)):
            place = np.full(len(series), -1, dtype=np.int64)
            place[first] = np.searchsorted(self.slots, own)
            self.values[i, place[first]] = series.values[first]
            self.places.append(place)
        self._before: dict[int, Integers] = {}

    def before(self, lag: int) -> Integers:
        """For each slot the place of the one ``lag`` earlier; -1 where no channel has a sample then."""
        if lag not in self._before:
            wanted = self.slots - lag
            place = np.minimum(np.searchsorted(self.slots, wanted), len(self.slots) - 1)
            self._before[lag] = np.where(self.slots[place] == wanted, place, -1)
        return self._before[lag]

    def lagged(self, values: Floats, lag: int) -> Floats:
        """``values`` [slots] as they were ``lag`` slots ago; nan where no channel has a sample then."""
        return np.append(values, np.nan)[self.before(lag)]

    def spread_out(self, channel: int, values: np.ndarray, absent: float | bool) -> np.ndarray:
        """Values per sample of a channel's series laid on the slots: [slots], ``absent`` where it has no sample."""
        laid = np.full(len(self.slots), absent)
        owner = self.places[channel] >= 0
        laid[self.places[channel][owner]] = values[owner]
        return laid

    def gathered(self, channel: int, values: Floats) -> Floats:
        """Values per slot [slots] as values per sample of a channel's series."""
        return np.append(values, np.nan)[self.places[channel]]


def features(
    grid: Grid, own: int, siblings: Sequence[int], units: Sequence[tuple[float, float]], period: int
) -> Floats:
    """What the regression of channel ``own`` sees at each slot: [features, slots], nan where a sample is missing.

    ``units`` are each channel's level and spread. The last are channel ``own``'s recent past, the latest sample first;
    with ``period`` 0 the last orbit is not in it.
    """
    scaled = {i: (grid.values[i] - units[i][0]) / units[i][1] for i in (own, *siblings)}
    rows = [np.ones(len(grid.slots))]
    rows += [grid.lagged(scaled[i], lag) for lag in SIBLING_LAGS for i in siblings]
    if period:
        rows += [grid.lagged(scaled[own], period + k) for k in range(-ORBIT_REACH, ORBIT_REACH + 1)]
        rows += [grid.lagged(scaled[i], period) for i in siblings]
    rows += [grid.lagged(scaled[own], lag) for lag in range(1, LAGS + 1)]
    return np.stack(rows)


def innovations(
    grid: Grid, own: int, siblings: Sequence[int], units: Sequence[tuple[float, float]], known: Relation
) -> Floats:
    """The regression's error at each slot, in its nominal sigma: [slots]."""
    level, spread = units[own]
    implied = np.einsum("i,ij->j", np.array(known.weights), features(grid, own, siblings, units, known.period))
    return np.asarray(((grid.values[own] - level) / spread - implied) / known.sigma, dtype=np.float64)


def scaled(grid: Grid, innovation: Floats, siblings: Sequence[int], known: Relation) -> Floats:
    """Innovations relative to how large they nominally are in the state that one sibling tells: [slots]."""
    if not known.edges:
        return innovation
    state = np.searchsorted(known.edges, grid.values[siblings[known.teller]])
    return np.asarray(innovation / np.array(known.scales)[state], dtype=np.float64)


def tempered(grid: Grid, innovation: Floats, period: int) -> Floats:
    """Innovations relative to how large they were around this phase of the last period, if that was unusual."""
    if not period:
        return innovation
    size = np.abs(innovation)
    around = [grid.lagged(size, lag) for lag in range(period - AROUND, period + AROUND + 1)]
    return np.asarray(innovation / np.fmax(np.fmax.reduce(around) / USUAL, 1.0), dtype=np.float64)


def signature(known: Relation, span: int) -> Floats:
    """What a step of one sigma leaves in the innovations from its first sample on: [span]."""
    left = 1.0 - np.concatenate(([0.0], np.cumsum(known.weights[-LAGS:])))
    return np.asarray(left[np.minimum(np.arange(span), len(left) - 1)], dtype=np.float64)


def startled(error: Floats) -> Flags:
    """Where a channel's autoregression, of this error in sigmas, is so far off that its siblings had better wait."""
    return np.asarray(np.abs(error) > STARTLED, dtype=np.bool_)


def calm(grid: Grid, siblings: Sequence[int], startled: Sequence[Flags]) -> Flags:
    """Where no sibling is startled or was just now: [slots].

    ``startled`` [slots] of each channel of the grid.
    """
    loud = np.zeros(len(grid.slots), dtype=np.bool_)
    for i in siblings:
        loud |= startled[i]
    recent = loud.copy()
    for lag in range(1, CALM):
        recent |= grid.lagged(loud.astype(np.float64), lag) > 0
    return ~recent


def statistics(grid: Grid, innovation: Floats, calm: Flags, known: Relation) -> dict[str, Floats]:
    """Each statistic by member, per slot: [slots].

    The innovation itself; the likelihood of a step that began 3, 8, 24 or 64 samples ago, in sigmas and with its
    sign; and the innovations' root mean square over 16 samples. ``calm`` [slots] is where the siblings are quiet.
    """
    alone = np.where(calm, innovation, np.nan)
    back = np.stack([grid.lagged(alone, lag) for lag in range(max(*SPANS, POWER_SPAN))])
    counted = np.isfinite(back)
    filled = np.where(counted, np.clip(back, -LOUDEST, LOUDEST), 0.0)
    found = {RELATION: alone}
    for span in SPANS:
        shape = signature(known, span)[::-1]
        carried = np.einsum("i,ij->j", shape**2, counted[:span].astype(np.float64))
        enough = counted[0] & (carried >= ENOUGH * float((shape**2).sum())) & (carried > 0.0)
        total = np.einsum("i,ij->j", shape, filled[:span])
        found[f"{RELATION}_{span}"] = np.where(enough, total / np.sqrt(np.where(enough, carried, 1.0)), np.nan)
    count = counted[:POWER_SPAN].sum(0)
    mean = (filled[:POWER_SPAN] ** 2).sum(0) / np.maximum(count, 1)
    found[POWER] = np.where(counted[0] & (count >= ENOUGH * POWER_SPAN), np.sqrt(mean), np.nan)
    return found


@dataclass(frozen=True, slots=True)
class Related:
    """What the relation says of one channel, per sample of its series: ``ratios`` by member, and as a forecast."""

    ratios: Mapping[str, Floats]
    forecast: Forecast


def judge(
    names: Sequence[str],
    group: Sequence[Series],
    startled: Sequence[Flags],
    known: Mapping[str, ChannelCalibration],
    cadence_ms: int,
) -> dict[str, Related]:
    """What the relation says of each channel of a subsystem that has one and whose siblings are all there.

    A fault is not heard again one period later, where it would make what the last orbit implies wrong; and a channel
    is not held against what a sibling's larger fault explains.
    """
    related = {i: own for i, name in enumerate(names) if (own := _relation(known.get(name), names)) is not None}
    if not related or not any(map(len, group)):
        return {}
    grid = Grid(group, cadence_ms)
    units = [(known[name].level, known[name].spread) if name in known else (0.0, 1.0) for name in names]
    loud = [grid.spread_out(i, flags, False) for i, flags in enumerate(startled)]
    innovation: dict[int, Floats] = {}
    ratios: dict[int, dict[str, Floats]] = {}
    for i, relation in related.items():
        channel = known[names[i]]
        siblings = [names.index(sibling) for sibling in channel.siblings]
        innovation[i] = innovations(grid, i, siblings, units, relation)
        judged = tempered(grid, scaled(grid, innovation[i], siblings, relation), relation.period)
        found = statistics(grid, judged, calm(grid, siblings, loud), relation)
        ratios[i] = _first_heard(grid, {n: ratio(found[n], channel.members[n]) for n in found}, relation.period)
    explained = _explained(grid, {i: _loudest(own) for i, own in ratios.items()})
    return {
        names[i]: Related(
            {n: grid.gathered(i, np.where(explained[i], np.fmin(r, 1.0), r)) for n, r in ratios[i].items()},
            _forecast(grid, i, innovation[i], related[i], units[i][1]),
        )
        for i in related
    }


def _relation(known: ChannelCalibration | None, names: Sequence[str]) -> Relation | None:
    if known is None or any(sibling not in names for sibling in known.siblings):
        return None
    return known.relation


def _forecast(grid: Grid, own: int, innovation: Floats, known: Relation, spread: float) -> Forecast:
    implied = grid.values[own] - innovation * known.sigma * spread
    values = grid.gathered(own, implied)
    return Forecast(values, np.full(len(values), known.sigma * spread))


def _loudest(ratios: Mapping[str, Floats]) -> Floats:
    return np.asarray(np.nan_to_num(np.fmax.reduce(list(ratios.values())), nan=0.0), dtype=np.float64)


def _first_heard(grid: Grid, ratios: dict[str, Floats], period: int) -> dict[str, Floats]:
    """The ratios, silent (nan) where something was wrong about one period ago, or could not be told."""
    if not period:
        return ratios
    loud = np.fmax.reduce(list(ratios.values()))
    unknown = np.ones(len(loud), dtype=np.bool_)
    echoed = np.zeros(len(loud), dtype=np.bool_)
    for lag in range(period - ECHO, period + ECHO + max(SPANS) + 1):
        then = grid.lagged(loud, lag)
        echoed |= then > 1.0
        unknown &= np.isnan(then)
    return {name: np.where(echoed | unknown, np.nan, values) for name, values in ratios.items()}


def _explained(grid: Grid, loudest: Mapping[int, Floats]) -> dict[int, Flags]:
    """Where a sibling is, or was within the shadow, further off than the channel."""
    recent = {
        i: np.fmax.reduce([grid.lagged(values, lag) for lag in range(SHADOW + 1)]) for i, values in loudest.items()
    }
    found = {}
    for i, own in loudest.items():
        others = [values for j, values in recent.items() if j != i]
        most = np.fmax.reduce(others) if others else np.zeros(len(own))
        found[i] = np.asarray((most > 1.0) & (most > EXPLAINS * own), dtype=np.bool_)
    return found
