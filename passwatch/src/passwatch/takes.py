"""Several takes of a channel, laid over one another: what a reader sees who does not ask for one of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]
Samples = tuple[Times, Values]
"""Event times (ms, rising strictly) and as many values."""

GAP = 3.0
"""A take covers the time between two of its samples unless it is over so many times its usual step."""

TAKE_LABEL = "take"
STREAM_LABEL = "stream"


def take_of(labels: Mapping[str, str]) -> int:
    """The take of a series, by its labels."""
    return int(labels.get(TAKE_LABEL, "0"))


def newest(takes: Mapping[int, Samples]) -> Samples:
    """The samples of the highest take at each time; a lower one shows where no higher one covers the time.

    >>> low = np.array([0, 10, 20, 30, 40]), np.zeros(5)
    >>> high = np.array([15, 25]), np.ones(2)
    >>> [times.tolist() for times in newest({0: low, 1: high})]
    [[0, 10, 15, 25, 30, 40], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]]
    """
    times, values, _ = overlay(takes)
    return times, values


def overlay(takes: Mapping[int, Samples]) -> tuple[Times, Values, NDArray[np.int64]]:
    """As :func:`newest`, and the take of each sample."""
    present = sorted((take for take, (times, _) in takes.items() if len(times)), reverse=True)
    if not present:
        return np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64)
    top = present[0]
    times, values = takes[top]
    shown = [(times, values, np.full(len(times), top))]
    covered = [_spans(times)]
    for take in present[1:]:
        times, values = takes[take]
        free = np.ones(len(times), dtype=bool)
        for starts, ends in covered:
            before = np.searchsorted(starts, times, side="right") - 1
            free &= (before < 0) | (times > ends[np.maximum(before, 0)])
        covered.append(_spans(times))
        if free.any():
            shown.append((times[free], values[free], np.full(int(free.sum()), take)))
    if len(shown) == 1:
        return shown[0]
    all_times = np.concatenate([part[0] for part in shown])
    order = np.argsort(all_times, kind="stable")
    return (
        all_times[order],
        np.concatenate([part[1] for part in shown])[order],
        np.concatenate([part[2] for part in shown])[order],
    )


def _spans(times: Times) -> tuple[Times, Times]:
    """The spans of time that samples cover: where each starts and ends, in order."""
    if len(times) == 1:
        return times, times
    steps = np.diff(times)
    breaks = np.flatnonzero(steps > GAP * float(np.median(steps)))
    return times[np.concatenate(([0], breaks + 1))], times[np.concatenate((breaks, [len(times) - 1]))]
