"""How large innovations nominally are, by the state that one channel tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from detection.calibration import Teller, Tells
from detection.relation.grid import Grid, lagged
from detection.relation.views import SHORTEST_PERIOD
from detection.types import Floats

USUAL = 3.0
"""An innovation of so many sigmas is nothing unusual."""
MOVE_SPAN = 4
"""Samples over which a channel's largest step tells,"""
AROUND = 5
"""and samples on both sides of one period ago."""
TAIL = 0.999
"""The quantile of the innovations that tells how large they get."""
STATES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Quantiles of what is told between the states."""
WORTH = 0.005
"""Nats a sample by which a teller must narrow the innovations down."""
_FEWEST = 50
"""Innovations of a state below which nothing is known of their tail."""


def told(grid: Grid, what: Tells, channel: int, period: int) -> Floats:
    """What a channel tells at each slot: [slots], nan where it is not known."""
    known: Floats = grid.values[channel]
    if what == "value":
        return known
    past: Floats = grid.bridged[channel]
    if what == "orbit":
        return lagged(past, period)
    step = np.abs(past - lagged(past, 1))
    lags = range(MOVE_SPAN) if what == "move" else range(period - AROUND, period + AROUND + 1)
    largest = np.asarray(np.maximum.reduce([lagged(step, lag) for lag in lags]), dtype=np.float64)
    return np.where(np.isfinite(known), largest, np.nan) if what == "move" else largest


def tellers(own: int, context: Sequence[int], period: int) -> Iterator[tuple[Tells, int]]:
    """Who might tell how large a channel's innovations are, and by what."""
    for other in context:
        yield "value", other
        yield "move", other
    if period >= SHORTEST_PERIOD:
        yield "orbit", own
        yield "orbit_move", own


def relative(grid: Grid, innovation: Floats, teller: Teller | None, channel: int, period: int) -> Floats:
    """Innovations [slots] relative to how large they are in the state that is told; nan where nothing is.

    ``channel`` is the place of the one that tells.
    """
    if teller is None:
        return innovation
    telling = told(grid, teller.what, channel, period)
    state = np.searchsorted(teller.edges, telling)
    return np.where(np.isfinite(telling), innovation / np.array(teller.scales)[state], np.nan)


def divided(size: Floats, telling: Floats) -> tuple[float, list[float], list[float]]:
    """The states of what is told, as the edges between them and each one's scale; and what that costs.

    ``size`` [n] are absolute innovations in their usual sigma. The cost is the mean logarithm of the scales, in nats.
    """
    known = np.isfinite(size) & np.isfinite(telling)
    size, telling = size[known], telling[known]
    edges = np.unique(np.quantile(telling, STATES))
    state = np.searchsorted(edges, telling)
    order = np.argsort(state, kind="stable")
    cuts = np.searchsorted(state[order], np.arange(len(edges) + 2))
    inside = [size[order[a:b]] for a, b in pairwise(cuts)]
    scales = [tail(part) for part in inside]
    cost = float(np.dot([len(part) for part in inside], np.log(scales))) / max(len(size), 1)
    return cost, [float(edge) for edge in edges], [float(f"{scale:.6g}") for scale in scales]


def tail(size: Floats) -> float:
    """How much larger than usual the largest of the innovations are."""
    return max(float(np.quantile(size, TAIL)) / USUAL, 1.0) if len(size) > _FEWEST else 1.0
