"""Channels' samples side by side, on the slots of their cadence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy

import numpy as np

from detection.relation.bridge import bridged
from detection.series import Integers, Series
from detection.types import Flags, Floats

REACH = 1024
"""Slots of a gap that are laid out, and more than anything here looks back; what is beyond them in a gap is cut."""


class Grid:
    """``values`` [channels, slots], nan where a sample is missing.

    ``bridged`` are the same with short gaps bridged, and ``doubts`` how far off that may be, 0 where a sample is known
    (:mod:`detection.relation.bridge`); ``gap_errors`` are each channel's. Slots are periods of the cadence, one after
    the other from the first sample to the last but for long gaps. ``places`` holds for each channel's series the slot
    of each sample; -1 for one whose slot an earlier one has taken.
    """

    def __init__(self, group: Sequence[Series], cadence_ms: int, gap_errors: Sequence[Sequence[float]]) -> None:
        taken = [np.unique(series.timestamps // cadence_ms, return_index=True) for series in group]
        slots = np.unique(np.concatenate([own for own, _ in taken]))
        steps = np.minimum(np.diff(slots), REACH)
        place = np.concatenate(([0], np.cumsum(steps))) if len(slots) else slots
        self.slots = int(place[-1]) + 1 if len(slots) else 0
        self.values = np.full((len(group), self.slots), np.nan)
        self.places: list[Integers] = []
        for i, (series, (own, first)) in enumerate(zip(group, taken, strict=True)):
            places = np.full(len(series), -1, dtype=np.int64)
            places[first] = place[np.searchsorted(slots, own)]
            self.values[i, places[first]] = series.values[first]
            self.places.append(places)
        self.bridged, self.doubts = np.empty_like(self.values), np.empty_like(self.values)
        for i, errors in enumerate(gap_errors):
            self.bridged[i], self.doubts[i] = bridged(self.values[i], errors)

    def pieces(self, slots: int, before: int) -> Iterator[tuple[slice, Grid]]:
        """The grid in pieces of so many slots, for what looks back at most ``before`` slots.

        With each piece comes the grid that ends with it and begins ``before`` slots earlier, or where this one does.
        It has no ``places``.
        """
        for first in range(0, self.slots, slots):
            last = min(first + slots, self.slots)
            cut = slice(max(0, first - before), last)
            part = copy(self)
            part.slots, part.places = cut.stop - cut.start, []
            part.values, part.bridged, part.doubts = self.values[:, cut], self.bridged[:, cut], self.doubts[:, cut]
            yield slice(first, last), part

    def spread_out(self, channel: int, flags: Flags) -> Flags:
        """Flags per sample of a channel's series laid on the slots: [slots], false where it has no sample."""
        laid = np.zeros(self.slots, dtype=np.bool_)
        owner = self.places[channel] >= 0
        laid[self.places[channel][owner]] = flags[owner]
        return laid

    def gathered(self, channel: int, values: Floats) -> Floats:
        """Values per slot [slots] as values per sample of a channel's series."""
        return np.append(values, np.nan)[self.places[channel]]


def lagged(values: Floats, lag: int) -> Floats:
    """``values`` [..., slots] as they were ``lag`` slots ago; nan before the first."""
    if not lag:
        return values
    shifted = np.full_like(values, np.nan)
    if lag < values.shape[-1]:
        shifted[..., lag:] = values[..., :-lag]
    return shifted


def share_of(flags: Flags, first: int, last: int) -> Floats:
    """The part of the slots from ``first`` to ``last`` ago that are flagged: [slots]."""
    count = np.concatenate(([0], np.cumsum(flags)))
    index = np.arange(len(flags))
    inside = count[np.maximum(index - first + 1, 0)] - count[np.maximum(index - last, 0)]
    return np.asarray(inside / (last - first + 1), dtype=np.float64)


def mean_of_past(values: Floats, first: int, last: int) -> Floats:
    """Mean of the values from ``first`` to ``last`` slots ago, [slots]; nan where one of them is not known.

    It is summed by doubling spans, each relative to its own slot, so that it is the same number however long the
    record around it is.
    """
    known = np.isfinite(values)
    length = last - first + 1
    count = _sum_of_past(known.astype(np.float64), first, last)
    total = _sum_of_past(np.where(known, values, 0.0), first, last)
    return np.where(count == length, total / length, np.nan)


def _sum_of_past(values: Floats, first: int, last: int) -> Floats:
    """Sum from ``first`` to ``last`` slots ago, what is before the record counted as 0."""
    result = np.zeros_like(values)
    doubled, length, left, begin = values, 1, last - first + 1, first
    while left:
        if left & 1:
            result += _shifted(doubled, begin)
            begin += length
        left >>= 1
        if left:
            doubled = doubled + _shifted(doubled, length)
            length *= 2
    return result


def _shifted(values: Floats, lag: int) -> Floats:
    shifted = np.zeros_like(values)
    if lag < len(values):
        shifted[lag:] = values[: len(values) - lag]
    return shifted
