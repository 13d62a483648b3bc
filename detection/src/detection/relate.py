"""Fits each channel's relation to its subsystem and to its own last period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from detection import relation
from detection.calibration import ChannelCalibration, Relation
from detection.relation import Grid
from detection.series import Series
from detection.types import Flags, Floats

RIDGE = 1e-8
"""Of the mean power of the features."""
TAIL = 0.999
"""The quantile of the innovations that tells how large they get."""
STATES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Quantiles of a sibling's values between its states."""
THIN = 3
"""Every third sample is fitted on."""
_PERIODIC = 0.3
"""Autocorrelation from which a channel comes round after a period."""
_DIGITS = 8


def relate(
    group: Mapping[str, Sequence[Series]],
    known: Mapping[str, ChannelCalibration],
    startled: Mapping[str, Sequence[Flags]],
    cadence_ms: int,
) -> Iterator[tuple[str, Relation, dict[str, list[Floats]]]]:
    """Each channel of a subsystem with its relation and its nominal statistics by member, per series.

    ``group`` holds each channel's series, of the same satellites in the same order; ``startled`` tells where each is
    startled.
    """
    names = list(group)
    grids = [Grid(parts, cadence_ms) for parts in zip(*group.values(), strict=True)]
    loud = [
        [grid.spread_out(i, startled[name][k], False) for i, name in enumerate(names)] for k, grid in enumerate(grids)
    ]
    units = [(known[name].level, known[name].spread) for name in names]
    for own, name in enumerate(names):
        siblings = [names.index(sibling) for sibling in known[name].siblings]
        period = _period(group[name])
        if not period and not siblings:
            continue
        quiet = [relation.calm(grid, siblings, flags) for grid, flags in zip(grids, loud, strict=True)]
        floor = 0.01 * known[name].sigma / known[name].spread
        found = _fit(grids, quiet, own, siblings, units, period, floor)
        if found is None:
            continue
        statistics: dict[str, list[Floats]] = {}
        for grid, calm in zip(grids, quiet, strict=True):
            innovation = relation.innovations(grid, own, siblings, units, found)
            judged = relation.tempered(grid, relation.scaled(grid, innovation, siblings, found), period)
            for member, values in relation.statistics(grid, judged, calm, found).items():
                statistics.setdefault(member, []).append(grid.gathered(own, values))
        yield name, found, statistics


def _fit(
    grids: Sequence[Grid],
    quiet: Sequence[Flags],
    own: int,
    siblings: Sequence[int],
    units: Sequence[tuple[float, float]],
    period: int,
    floor: float,
) -> Relation | None:
    """The regression, its error's size, and the sibling that tells it; None without enough samples."""
    sums = _Sums()
    for grid, calm in zip(grids, quiet, strict=True):
        seen = relation.features(grid, own, siblings, units, period)
        target = (grid.values[own] - units[own][0]) / units[own][1]
        sums.add(seen[:, ::THIN], target[::THIN], calm[::THIN])
    if not sums.enough:
        return None
    draft = Relation(period=period, weights=sums.solved(RIDGE), sigma=1.0)
    errors = [relation.innovations(grid, own, siblings, units, draft) for grid in grids]
    sigma = max(_size(errors, quiet), floor)
    return _told(grids, quiet, siblings, [error / sigma for error in errors], replace(draft, sigma=_rounded(sigma)))


def _told(
    grids: Sequence[Grid], quiet: Sequence[Flags], siblings: Sequence[int], errors: Sequence[Floats], draft: Relation
) -> Relation:
    """The relation with the sibling whose state best tells how large the innovations are."""
    size = np.abs(np.concatenate([error[calm] for error, calm in zip(errors, quiet, strict=True)]))
    best, found = _cost(np.array([len(size)]), np.array([_tail(size)])) - 1e-9, draft
    for teller, sibling in enumerate(siblings):
        value = np.concatenate([grid.values[sibling][calm] for grid, calm in zip(grids, quiet, strict=True)])
        known = np.isfinite(value) & np.isfinite(size)
        edges = np.unique(np.quantile(value[known], STATES))
        state = np.searchsorted(edges, value[known])
        inside = [size[known][state == k] for k in range(len(edges) + 1)]
        scales = np.array([_tail(each) for each in inside])
        cost = _cost(np.array([len(each) for each in inside]), scales)
        if cost < best:
            best = cost
            found = replace(
                draft, teller=teller, edges=[float(e) for e in edges], scales=[_rounded(float(s)) for s in scales]
            )
    return found


def _tail(sizes: Floats) -> float:
    """How much larger than usual the largest of the innovations are."""
    known = sizes[np.isfinite(sizes)]
    return max(float(np.quantile(known, TAIL)) / relation.USUAL, 1.0) if len(known) else 1.0


def _cost(counts: Floats, scales: Floats) -> float:
    return float((counts * np.log(scales)).sum())


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _size(values: Sequence[Floats], quiet: Sequence[Flags]) -> float:
    """What 68.27 % of the absolute values of calm samples stay within."""
    sizes = np.abs(np.concatenate([own[calm] for own, calm in zip(values, quiet, strict=True)]))
    return float(np.quantile(sizes[np.isfinite(sizes)], 0.6827))


class _Sums:
    """The sums that a ridge regression needs, over samples that are whole and calm."""

    def __init__(self) -> None:
        self._gram: Floats | None = None
        self._moment: Floats | None = None
        self._count = 0

    def add(self, seen: Floats, target: Floats, where: Flags) -> None:
        """Add ``seen`` [features, n] and their ``target`` [n]."""
        whole = where & np.isfinite(target) & np.isfinite(seen).all(0)
        seen, target = seen[:, whole], target[whole]
        gram, moment = seen @ seen.T, seen @ target
        self._gram = gram if self._gram is None else self._gram + gram
        self._moment = moment if self._moment is None else self._moment + moment
        self._count += len(target)

    @property
    def enough(self) -> bool:
        """Whether there are ten samples for each feature."""
        return self._gram is not None and self._count >= 10 * len(self._gram)

    def solved(self, ridge: float) -> list[float]:
        """The weights, to eight digits."""
        if self._gram is None or self._moment is None:
            raise ValueError("nothing to fit on")
        strength = ridge * float(np.trace(self._gram)) / len(self._gram) + 1e-12
        weights = np.linalg.solve(self._gram + strength * np.eye(len(self._gram)), self._moment)
        return [_rounded(float(weight)) for weight in weights]


def _period(parts: Sequence[Series]) -> int:
    """The lag at which the channel is most like itself, in samples; 0 if it does not come round."""
    lags = np.arange(relation.SHORTEST_PERIOD, relation.LONGEST_PERIOD + 1)
    total, power = np.zeros(len(lags)), 0.0
    for series in parts:
        values = series.values - series.values.mean() if len(series) else series.values
        if len(values) <= 2 * relation.LONGEST_PERIOD:
            continue
        total += [float((values[lag:] * values[:-lag]).mean()) for lag in lags]
        power += float((values * values).mean())
    if power <= 0.0:
        return 0
    best = int(np.argmax(total))
    inside = 0 < best < len(lags) - 1
    return int(lags[best]) if inside and total[best] > _PERIODIC * power else 0
