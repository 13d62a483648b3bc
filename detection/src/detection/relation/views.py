"""What the regressions see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection.relation.bridge import LONGEST
from detection.relation.grid import Grid, lagged, mean_of_past
from detection.types import Floats

Look = tuple[int, int]
"""The mean of the samples from so many to so many ago; of one where both are the same."""

ORBIT_REACH = 4
"""Samples on both sides of one period ago at which the channel itself is seen."""
SHORTEST_PERIOD, LONGEST_PERIOD = 60, 200
"""Samples between which an orbit's period is looked for."""
_HOURS: tuple[Look, ...] = ((33, 64), (65, 128), (129, 256))
_OTHERS: tuple[Look, ...] = (*((lag, lag) for lag in (0, 1, 2, 4, 8, 16, 32)), *_HOURS)


@dataclass(frozen=True, slots=True)
class View:
    """What a regression sees of the channel's own past, and over how many samples a lasting fault is looked for.

    The first of its looks are single samples, one after the other.
    """

    name: str
    looks: tuple[Look, ...]
    spans: tuple[int, ...]

    @property
    def ago(self) -> int:
        """The latest sample of its own that it sees."""
        return min(first for first, _ in self.looks)

    @property
    def oldest(self) -> int:
        """The oldest, but for the last period's."""
        return max(last for _, last in self.looks)


NEAR = View("relation", (*((lag, lag) for lag in range(1, 33)), *_HOURS), (3, 8, 24, 64))
FAR = View("relation_far", ((64, 64), (65, 96), (65, 128), (129, 256)), (8, 24, 64))
VIEWS = (NEAR, FAR)

ECHO = 16
"""Samples on both sides of one period ago in which a fault would be heard again."""
SHADOW = 256
"""Samples for which what is wrong with one channel explains what seems wrong with those that see it."""


def view_of(member: str) -> View:
    """The view of which a member's statistic is."""
    return FAR if member.startswith(FAR.name) else NEAR


_SUMMED = max(span for view in VIEWS for span in view.spans)
SEEN = max(FAR.oldest, NEAR.oldest, LONGEST_PERIOD + ORBIT_REACH)
"""Slots that a look may go back."""
PAST = max(SHADOW, FAR.oldest, LONGEST_PERIOD + ECHO + _SUMMED) + _SUMMED + SEEN + LONGEST + 1
"""Samples before a sample that the member may read."""


def context_looks(period: int) -> tuple[Look, ...]:
    """What is seen of another channel; ``period`` is 0 for none."""
    return (*_OTHERS, (period, period)) if period else _OTHERS


def own_looks(view: View, period: int) -> tuple[Look, ...]:
    """What a view sees of the channel itself."""
    orbit = range(period - ORBIT_REACH, period + ORBIT_REACH + 1) if period else ()
    return (*view.looks, *((lag, lag) for lag in orbit))


def own_weights(weights: Floats, view: View, period: int) -> Floats:
    """Of a view's weights those of the channel's own single samples: [lags]."""
    single = sum(first == last for first, last in view.looks)
    return weights[len(weights) - len(own_looks(view, period)) :][:single]


KEPT_VALUES = 16_000_000
"""So many values of looks are kept for the next regression that sees the same; others are computed again."""


class Scene:
    """Everything there is to see on a grid, in the channels' units: ``units`` holds each one's level and spread.

    ``values`` [channels, slots] are what is judged; what is seen of the past is bridged, and ``doubts`` says how far
    off it may be.
    """

    def __init__(self, grid: Grid, units: Sequence[tuple[float, float]]) -> None:
        level, spread = (np.array(part)[:, None] for part in zip(*units, strict=True))
        self.grid = grid
        self.values: Floats = (grid.values - level) / spread
        self.bridged: Floats = (grid.bridged - level) / spread
        self.doubts: Floats = grid.doubts / spread
        self._doubted = frozenset(np.flatnonzero(grid.doubts.any(1)).tolist())
        self._looked: dict[tuple[int, Look], Floats] = {}

    def look(self, channel: int, look: Look) -> Floats:
        """One look at a channel: [slots], nan where there is nothing to see."""
        if (channel, look) not in self._looked:
            if len(self._looked) * self.grid.slots > KEPT_VALUES:
                self._looked.clear()
            values = self.bridged if look[0] else self.values
            self._looked[channel, look] = _looked(values[channel], look)
        return self._looked[channel, look]

    def implied(
        self,
        own: int,
        view: View,
        period: int,
        context: Sequence[int],
        weights: Floats,
        instead: Mapping[int, Floats] | None = None,
    ) -> Floats:
        """What all that a view of a channel sees implies for it: [slots].

        It sees a 1, each channel of the context, and the channel's own past, weighed in this order. ``instead`` are
        values to take for those of a channel.
        """
        other = instead or {}
        looks = _seen(own, view, period, context)
        rows = (_looked(other[i], look) if i in other else self.look(i, look) for i, look in looks)
        implied = np.full(self.grid.slots, weights[0], dtype=np.float64)
        for weight, row in zip(weights[1:], rows, strict=True):
            implied += weight * row
        return implied

    def doubt(self, own: int, view: View, period: int, context: Sequence[int], weights: Floats) -> Floats | None:
        """How far off that may be since some of what is seen was bridged, [slots]; None where nothing was.

        The bridges of one channel may all be off to the same side, where it curves, or each by its own noise: both
        count. Those of several channels are independent.
        """
        if self._doubted.isdisjoint({own, *context}):
            return None
        alike: dict[int, Floats] = {}
        power = np.zeros(self.grid.slots)
        for weight, (i, look) in zip(weights[1:], _seen(own, view, period, context), strict=True):
            if i in self._doubted and look[0]:
                part = weight * np.nan_to_num(_looked(self.doubts[i], look))
                alike[i] = alike.get(i, 0.0) + part
                power += part**2
        return np.asarray(np.sqrt(power + sum(same**2 for same in alike.values())), dtype=np.float64)


def _seen(own: int, view: View, period: int, context: Sequence[int]) -> list[tuple[int, Look]]:
    """What a view looks at, by the channels' numbers."""
    looks = [(one, look) for one in context for look in context_looks(period)]
    return looks + [(own, look) for look in own_looks(view, period)]


def _looked(values: Floats, look: Look) -> Floats:
    first, last = look
    return lagged(values, first) if first == last else mean_of_past(values, first, last)
