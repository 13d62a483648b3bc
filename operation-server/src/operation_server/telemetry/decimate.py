"""Fewer points that look the same: the first, lowest, highest and last sample of every bucket of time (M4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]
PER_BUCKET = 4


def decimate(times: Times, values: Values, points: int, start: int, end: int) -> tuple[Times, Values]:
    """At most ``points`` of the samples, chosen so that no extreme of any bucket is lost.

    The span from ``start`` to ``end`` (ms, inclusive, holding all ``times``, which rise) is cut into ``points // 4``
    buckets of equal duration, so that several series of one span share their buckets. Series that are short enough
    are returned as they are. ``values`` are finite.
    """
    if len(times) <= points:
        return times, values
    buckets = max(1, points // PER_BUCKET)
    bucket = (times - start) * buckets // max(1, end - start + 1)
    firsts = np.flatnonzero(np.diff(bucket, prepend=-1))
    lasts = np.append(firsts[1:], len(times)) - 1
    order = np.lexsort(
        (values, bucket)
    )  # by bucket, then by value; stable, so the earliest of equal lowest comes first
    chosen = np.unique(np.concatenate((firsts, lasts, order[firsts], order[lasts])))
    return times[chosen], values[chosen]


def longest(spans: Sequence[tuple[int, int]], most: int) -> Sequence[tuple[int, int]]:
    """At most so many spans, the longest ones, in their order in time; of equally long ones the earlier.

    >>> longest([(0, 9), (10, 30), (40, 41), (50, 59)], 2)
    [(0, 9), (10, 30)]
    """
    if len(spans) <= most:
        return spans
    chosen = sorted(range(len(spans)), key=lambda i: (spans[i][0] - spans[i][1], i))[:most]
    return [spans[i] for i in sorted(chosen)]


def gaps(times: Times, cadence_ms: int) -> list[tuple[int, int]]:
    """Pairs of neighbouring samples that are more than one and a half cadences apart."""
    wide = np.flatnonzero(np.diff(times) * 2 > cadence_ms * 3)
    return [(int(times[i]), int(times[i + 1])) for i in wide]
