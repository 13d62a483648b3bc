"""A channel's samples made ready: finite, in order, and how long each stretch without a gap is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.types import ChannelInput, Floats, Times
from detection.words import counted

LONGEST_STEP = 1.5
SHORTEST_STEP = 0.5
"""In cadences: samples further apart, or closer, than this do not continue one another."""
_CUT_TO = (10, 100, 1000, 10_000, 60_000)
"""Units in ms that senders cut times to."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """The usable samples of a channel.

    ``timestamps`` int64 [n] rise strictly, ``values`` float64 [n] are finite. ``run[i]`` counts the samples that
    lead up to sample i without a gap, itself included. Samples from ``first`` on belong to the batch. ``defects``
    says in words what was left out.
    """

    timestamps: Times
    values: Floats
    run: Integers
    first: int
    defects: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)


def prepare(channel: ChannelInput, cadence_ms: int) -> Series:
    """The usable samples: missing, infinite, repeated and out-of-order ones are left out, and it is said."""
    times, values = channel.timestamps, channel.values
    batch = np.arange(len(times)) >= channel.history
    infinite = np.isinf(values)
    usable = np.isfinite(values)
    latest = np.maximum.accumulate(np.where(usable, times, np.iinfo(np.int64).min))
    ordered = usable.copy()
    ordered[1:] &= times[1:] > latest[:-1]
    defects = []
    if count := int(np.count_nonzero(infinite & batch)):
        defects.append(f"{counted(count, 'infinite value')} left out")
    if count := int(np.count_nonzero(usable & ~ordered & batch)):
        defects.append(f"{counted(count, 'sample')} repeated or out of order left out")
    times, values = times[ordered], values[ordered]
    first = int(np.count_nonzero(ordered[: channel.history]))
    return Series(times, values, gapless(times, cadence_ms), first, tuple(defects))


def gapless(timestamps: Times, cadence_ms: int) -> Integers:
    """For each sample, how many lead up to it without a gap, itself included: int64 [n].

    Times that were cut to a unit just below the cadence (a row each 1.046 s in whole seconds) follow one another by
    one or two units, though two are more than a sample may be late otherwise.
    """
    steps = np.diff(timestamps)
    breaks = (steps > LONGEST_STEP * cadence_ms) | (steps < SHORTEST_STEP * cadence_ms)
    for unit in _CUT_TO:
        if unit < cadence_ms < 2 * unit:
            cut = (timestamps[1:] % unit == 0) & (timestamps[:-1] % unit == 0)
            breaks &= ~(cut & (steps == 2 * unit))
    index = np.arange(len(timestamps))
    begins = np.where(np.concatenate(([True], breaks)), index, 0)[: len(timestamps)]
    return np.asarray(index - np.maximum.accumulate(begins) + 1 if len(index) else index, dtype=np.int64)


def other_cadence(series: Series, cadence_ms: int) -> str | None:
    """How far apart the batch's samples are, in words, where most are not the cadence apart; None if they are."""
    steps = np.diff(series.timestamps[max(0, series.first - 1) :])
    apart = series.run[max(1, series.first) :] == 1
    if 2 * int(apart.sum()) <= len(steps):
        return None
    return f"most samples are {np.median(steps) / 1000:g} s apart, not {cadence_ms / 1000:g} s"
