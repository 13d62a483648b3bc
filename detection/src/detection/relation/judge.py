"""The relation's part in a channel's verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from detection import evidence, members
from detection.calibration import Bounds, ChannelCalibration
from detection.evidence import Forecast, ratio
from detection.relation.blame import ByItself, blamed_on_others
from detection.relation.grid import Grid, share_of
from detection.relation.speak import Spoken, speak
from detection.relation.views import ECHO, FAR, NEAR, Scene, view_of
from detection.series import Series
from detection.types import Flags, Floats

SUDDEN = 0.7
"""The part of its threshold from which a channel's autoregression tells that it is that channel."""
LEARNED = 0.75
"""The part of the near view's longest span for which something has been wrong when it is no news any more."""


@dataclass(frozen=True, slots=True)
class Related:
    """What the relation says of one channel, per sample of its series: ``ratios`` by member, and each view's
    forecast. ``seen`` is where enough was there for any view to judge by."""

    ratios: Mapping[str, Floats]
    forecasts: Mapping[str, Forecast]
    seen: Flags


def judge(
    names: Sequence[str],
    group: Sequence[Series],
    known: Mapping[str, ChannelCalibration],
    cadence_ms: int,
    wanted: Iterable[str],
) -> dict[str, Related]:
    """What the relation says of each ``wanted`` channel that has one.

    ``names`` and ``group`` are the satellite's channels, as many of them as there are. A view of which a channel is
    not there is silent. A fault is not heard again where a view sees it in the channel's past, and a channel is not
    held against what the fault of one that it sees explains.
    """
    relations = {name: own.relation for name in names if (own := known.get(name)) is not None and own.relation}
    asked = [name for name in wanted if name in relations]
    if not asked or not any(map(len, group)):
        return {}
    grid = Grid(group, cadence_ms, [known[name].gap_errors if name in known else [] for name in names])
    units = [(known[name].level, known[name].spread) if name in known else (0.0, 1.0) for name in names]
    scene = Scene(grid, units)

    @cache
    def spoken(name: str) -> Spoken:
        return speak(scene, names, name, known[name])

    @cache
    def by_itself(name: str) -> ByItself:
        series, at = group[names.index(name)], names.index(name)
        error = evidence.autoregression_error(known[name], series)
        sudden = _beyond(error, known[name].members.get(evidence.AUTOREGRESSION))
        over = members.mean_error(error, series.run)
        lasting = _beyond(over, known[name].members.get(evidence.AUTOREGRESSION + evidence.MEAN))
        return ByItself(grid.spread_out(at, sudden), grid.spread_out(at, sudden | lasting))

    found = {}
    for name in asked:
        said, at = spoken(name), names.index(name)
        ratios = _first_heard(said.ratios, said.loudest, relations[name].period)
        explained = blamed_on_others(scene, names, relations.keys(), spoken, name, by_itself)
        found[name] = Related(
            {member: grid.gathered(at, np.where(explained, np.minimum(r, 1.0), r)) for member, r in ratios.items()},
            {view: _forecast(grid, at, known[name], view, implied) for view, implied in said.implied.items()},
            np.isfinite(grid.gathered(at, said.loudest)),
        )
    return found


def _beyond(statistic: Floats, bounds: Bounds | None) -> Flags:
    """Where a statistic comes near its bounds; nowhere if it never was there to be calibrated."""
    if bounds is None:
        return np.zeros(len(statistic), dtype=np.bool_)
    return np.asarray(ratio(statistic, bounds) > SUDDEN, dtype=np.bool_)


def _forecast(grid: Grid, at: int, known: ChannelCalibration, view: str, implied: Floats) -> Forecast:
    values = grid.gathered(at, known.level + known.spread * implied)
    sigma = known.relation.views[view].sigma * known.spread if known.relation else np.nan
    return Forecast(values, np.full(len(values), sigma))


def _first_heard(ratios: Mapping[str, Floats], loudest: Floats, period: int) -> dict[str, Floats]:
    """The ratios, silent (nan) where a view sees, in the channel's own past, that something was wrong.

    What has been wrong for most of the time lately is said, and not said again as long as it stays.
    """
    loud = loudest > 1.0
    echo = np.zeros(len(loud), dtype=np.bool_)
    if period:
        echo = share_of(loud, period - ECHO, period + ECHO + NEAR.spans[-1]) > 0.0
    learned = share_of(loud, 1, NEAR.spans[-1]) >= LEARNED
    stale = {NEAR: echo | learned, FAR: echo | (share_of(loud, FAR.ago + 1, FAR.oldest) > 0.0)}
    return {member: np.where(stale[view_of(member)], np.nan, values) for member, values in ratios.items()}
