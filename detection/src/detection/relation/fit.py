"""Fits each channel's relation to the rest of its satellite and to its own past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detection.calibration import ChannelCalibration, Relation, Teller, ViewCalibration
from detection.relation.grid import Grid
from detection.relation.regression import Gram, Problem, solve
from detection.relation.scale import WORTH, divided, relative, tail, tellers, told
from detection.relation.statistics import statistics
from detection.relation.views import (
    LONGEST_PERIOD,
    SEEN,
    SHORTEST_PERIOD,
    VIEWS,
    Look,
    Scene,
    View,
    context_looks,
    own_looks,
    own_weights,
)
from detection.series import Integers, Series
from detection.types import Floats

ROWS = 100_000
"""Samples that are fitted on, about: of more, every other, every third and so on."""
PIECE = 1024
"""Slots that are laid out at a time, about: what there is to see of them is two hundred times the telemetry."""
PASSES = 2
"""Times that a regression is fitted again, its samples weighed by how large innovations are in their state,"""
UNEVEN = 0.05
"""where the state narrows them down by so many nats a sample."""
ROBUST = 3.0
"""Sigmas from which an innovation weighs less and less."""
PRESENT = 0.95
"""A channel that has fewer of the samples than this is no witness of others."""
_PERIODIC = 0.3
"""Autocorrelation from which a channel comes round after a period."""
_DIGITS = 8


def relate(
    group: Mapping[str, Sequence[Series]], known: Mapping[str, ChannelCalibration], cadence_ms: int
) -> Iterator[tuple[str, Relation, dict[str, list[Floats]]]]:
    """Each channel of a satellite with its relation and its nominal statistics by member, per series.

    ``group`` holds each channel's series, of the same satellites in the same order.
    """
    fleet = _Fleet(group, known, cadence_ms)
    for name, views in fleet.fitted().items():
        own = fleet.names.index(name)
        nominal: dict[str, list[Floats]] = {}
        for view, found in views.items():
            weights = own_weights(found.weights, view, fleet.period)
            for grid, innovation, doubt in zip(fleet.grids, fleet.judged(found), fleet.doubted(found), strict=True):
                for member, values in statistics(view, innovation, weights, doubt).items():
                    nominal.setdefault(member, []).append(grid.gathered(own, values))
        calibrated = {view.name: found.calibration(fleet.names) for view, found in views.items()}
        yield name, Relation(period=fleet.period, views=calibrated), nominal


@dataclass(frozen=True, slots=True)
class _Fit:
    """A view of channel number ``own`` as it is fitted: ``errors`` per satellite [slots], in the channel's spread.

    ``cost`` is how large innovations are, in nats a sample; ``gain`` is what the teller narrows them down by.
    """

    own: int
    view: View
    context: list[int]
    weights: Floats
    sigma: float
    errors: list[Floats]
    doubts: list[Floats | None]
    teller: Teller | None = None
    tells: int = 0
    gain: float = 0.0
    cost: float = 0.0

    def calibration(self, names: Sequence[str]) -> ViewCalibration:
        return ViewCalibration(
            context=[names[i] for i in self.context],
            weights=self.weights.tolist(),
            sigma=self.sigma,
            teller=self.teller,
        )


_Key = tuple[int, View]


class _Fleet:
    """Nominal telemetry of some satellites, on which each channel's views are fitted.

    What there is to see is laid out piece by piece: of all of them it would be two hundred times the telemetry.
    """

    def __init__(
        self, group: Mapping[str, Sequence[Series]], known: Mapping[str, ChannelCalibration], cadence_ms: int
    ) -> None:
        self.names = list(group)
        errors = [known[name].gap_errors for name in self.names]
        self.grids = [Grid(parts, cadence_ms, errors) for parts in zip(*group.values(), strict=True)]
        self.period = _period(self.grids)
        self._units = [(known[name].level, known[name].spread) for name in self.names]
        self._floors = [0.01 * known[name].sigma / known[name].spread for name in self.names]
        moving = [i for i, name in enumerate(self.names) if known[name].character != "constant"]
        witnesses = [i for i in moving if _is_present(self.grids, i)]
        looks: dict[tuple[int, Look], int] = {}
        for channel in moving:
            for look in (*context_looks(self.period), *(own for v in VIEWS for own in own_looks(v, self.period))):
                looks.setdefault((channel, look), 1 + len(looks))
        self._looks = list(looks)
        self._candidates = {own: [i for i in witnesses if i != own] for own in moving}
        self._problems = {(own, view): self._problem(own, view, looks) for own in moving for view in VIEWS}
        self._step = max(1, sum(grid.slots for grid in self.grids) // ROWS)

    def _problem(self, own: int, view: View, rows: Mapping[tuple[int, Look], int]) -> Problem:
        always = [0, *(rows[own, look] for look in own_looks(view, self.period))]
        groups = [
            np.array([rows[other, look] for look in context_looks(self.period)]) for other in self._candidates[own]
        ]
        return Problem(rows[own, (0, 0)], np.array(always), groups)

    def fitted(self) -> dict[str, dict[View, _Fit]]:
        """Each channel's views: of each the best of its fits."""
        everything = Gram(np.arange(1 + len(self._looks)))
        for _, piece, scene in self._scenes():
            seen = self._laid(piece, scene, everything.rows)
            everything.add(seen, np.ones(seen.shape[1]))
        best = self._solved(dict.fromkeys(self._problems, everything))
        uneven = {key: found for key, found in best.items() if found.gain >= UNEVEN}
        for _ in range(PASSES):
            again = self._solved(self._weighed(uneven))
            uneven = {key: found for key, found in again.items() if found.cost < best[key].cost}
            best |= uneven
        views: dict[str, dict[View, _Fit]] = {}
        for (own, view), found in best.items():
            views.setdefault(self.names[own], {})[view] = found
        return views

    def judged(self, found: _Fit) -> list[Floats]:
        """Innovations relative to how large they nominally are in their state, per satellite [slots]."""
        return [
            relative(grid, error / found.sigma, found.teller, found.tells, self.period)
            for grid, error in zip(self.grids, found.errors, strict=True)
        ]

    def doubted(self, found: _Fit) -> list[Floats | None]:
        """How far off the innovations may be because of what was bridged, in the same units; None where nothing was."""
        return [
            None if doubt is None else relative(grid, doubt / found.sigma, found.teller, found.tells, self.period)
            for grid, doubt in zip(self.grids, found.doubts, strict=True)
        ]

    def _scenes(self) -> Iterator[tuple[int, slice, Scene]]:
        """Piece by piece: of which grid it is, which of its slots, and the scene that ends with them."""
        slots = self._step * max(1, PIECE // self._step)
        for i, grid in enumerate(self.grids):
            for piece, part in grid.pieces(slots, SEEN):
                yield i, piece, Scene(part, self._units)

    def _laid(self, piece: slice, scene: Scene, rows: Integers) -> Floats:
        """These rows of everything that there is to see in a piece: [rows, samples fitted on]."""
        own = slice(piece.start - piece.stop, None, self._step)
        seen = np.ones((len(rows), -(-(piece.stop - piece.start) // self._step)))
        for place, row in enumerate(rows):
            if row:
                seen[place] = scene.look(*self._looks[row - 1])[own]
        return seen

    def _weighed(self, fits: Mapping[_Key, _Fit]) -> dict[_Key, Gram]:
        """What each view sees, each sample counted the less, the larger innovations are in its state, or its own is."""
        weights = {key: _weights(found, self.judged(found)) for key, found in fits.items()}
        grams = {key: Gram(self._problems[key].rows) for key in fits}
        for i, piece, scene in self._scenes():
            for key, gram in grams.items():
                gram.add(self._laid(piece, scene, gram.rows), weights[key][i][piece][:: self._step])
        return grams

    def _solved(self, grams: Mapping[_Key, Gram]) -> dict[_Key, _Fit]:
        """The fits that follow from what was summed; none where there were too few samples."""
        found: dict[_Key, _Fit] = {}
        for key, gram in grams.items():
            solved = solve(gram, self._problems[key])
            if solved is not None:
                (own, view), (chosen, context, (constant, *past)) = key, solved
                weights = np.array([_rounded(weight) for weight in (constant, *context, *past)])
                errors = [np.empty(grid.slots) for grid in self.grids]
                doubts: list[Floats | None] = [None] * len(self.grids)
                found[key] = _Fit(own, view, [self._candidates[own][i] for i in chosen], weights, 1.0, errors, doubts)
        for i, piece, scene in self._scenes():
            last = slice(piece.start - piece.stop, None)
            for one in found.values():
                sees = one.own, one.view, self.period, one.context, one.weights
                one.errors[i][piece] = (scene.values[one.own] - scene.implied(*sees))[last]
                if (doubt := scene.doubt(*sees)) is not None:
                    whole = one.doubts[i]
                    one.doubts[i] = whole = np.zeros(self.grids[i].slots) if whole is None else whole
                    whole[piece] = doubt[last]
        return {key: self._told(one) for key, one in found.items()}

    def _told(self, fit: _Fit) -> _Fit:
        """The fit with its error's size, and with the channel that best tells it."""
        error = np.abs(np.concatenate(fit.errors))
        known = np.isfinite(error)
        sigma = _rounded(max(float(np.quantile(error[known], 0.6827)), self._floors[fit.own]))
        usual = float(np.log(tail(error[known] / sigma)))
        found = replace(fit, sigma=sigma, tells=fit.own)
        best = usual - WORTH
        for what, channel in tellers(fit.own, fit.context, self.period):
            telling = np.concatenate([told(grid, what, channel, self.period) for grid in self.grids])
            cost, edges, scales = divided(error / sigma, telling)
            if cost < best:
                best = cost
                teller = Teller(what=what, channel=self.names[channel], edges=edges, scales=scales)
                found = replace(found, teller=teller, tells=channel, gain=usual - cost)
        return replace(found, cost=float(np.log(sigma)) + usual - found.gain)


def _weights(fit: _Fit, judged: Sequence[Floats]) -> list[Floats]:
    weights = []
    for error, innovation in zip(fit.errors, judged, strict=True):
        size = np.abs(innovation)
        scale = np.divide(np.abs(error) / fit.sigma, size, out=np.ones_like(size), where=size > 0.0)
        weights.append(np.nan_to_num(np.minimum(1.0, ROBUST / np.maximum(size, 1e-9)) / scale**2))
    mean = max(float(np.concatenate(weights).mean()), 1e-300)
    return [weight / mean for weight in weights]


def _is_present(grids: Sequence[Grid], channel: int) -> bool:
    known = sum(int(np.isfinite(grid.values[channel]).sum()) for grid in grids)
    return known >= PRESENT * sum(int(np.isfinite(grid.values).any(0).sum()) for grid in grids)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _period(grids: Sequence[Grid]) -> int:
    """The lag at which the channels are most like themselves, in samples; 0 if none comes round."""
    lags = np.arange(SHORTEST_PERIOD, LONGEST_PERIOD + 1)
    together = np.zeros(len(lags))
    for parts in zip(*(grid.bridged for grid in grids), strict=True):
        total, power = np.zeros(len(lags)), 0.0
        for values in parts:
            known = np.isfinite(values)
            if known.sum() <= 2 * LONGEST_PERIOD:
                continue
            around = np.where(known, values - values[known].mean(), 0.0)
            pairs = np.array([np.count_nonzero(known[lag:] & known[:-lag]) for lag in lags])
            total += np.array([around[lag:] @ around[:-lag] for lag in lags]) / np.maximum(pairs, 1)
            power += float(around @ around) / int(known.sum())
        best = int(np.argmax(total))
        if power > 0.0 and 0 < best < len(lags) - 1 and total[best] > _PERIODIC * power:
            together += total / power
    return int(lags[np.argmax(together)]) if together.any() else 0
