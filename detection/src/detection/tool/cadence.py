"""A file's cadence: its usual step, and the even grid behind times that were cut to a coarser unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from detection.files import FileError, Table
from detection.series import LONGEST_STEP, SHORTEST_STEP
from detection.types import Floats, Times
from detection.words import counted, duration, utc

_EVEN = 0.9
"""A file with fewer of its steps than this at its cadence is reported as uneven."""
_ALTERNATING = 0.01
"""A grid is looked for where double steps are at least this part of all."""
_FEWEST = 60
"""Rows that a grid is recognised by."""
_FEWEST_DOUBLE = 4
"""Double steps of a stretch that show that they come evenly."""
_SLACK = 1.1
"""How far times lie around a grid's, in units that they were cut to: 1, and a little for the clock's own jitter."""
_TRIES = 50
_APART = 10.0
"""Rows are apart from the others if the gap between them is so many times as long as all that is recorded,"""
_LONG = 1000
"""and so many cadences long."""


@dataclass(frozen=True, slots=True)
class Paced:
    """A table and its cadence; ``shown`` are the first and the last time of the part that most rows are in."""

    table: Table
    cadence_ms: int
    shown: tuple[int, int]


def paced(table: Table) -> Paced:
    """The file's cadence; what to know of its steps is added to the table's notes and warnings.

    Times that were cut to a unit near the cadence (a row each 1.046 s in whole seconds) are put on the even grid that
    they were cut from, since their steps of one and two units would look like gaps.

    Raises:
        FileError: there are no two rows at different times.
    """
    steps = np.diff(table.timestamps)
    steps = steps[steps > 0]
    if not len(steps):
        raise FileError("the file needs rows at two times or more")
    notes, warnings = list(table.notes), list(table.warnings)
    cadence = int(np.median(steps))
    grid = even_times(table.timestamps)
    if grid is None:
        notes.append(f"one row every {cadence / 1000:g} s, as most steps say")
    else:
        unit, cadence = cadence, round(grid.period_ms)
        said = f"one row every {grid.period_ms / 1000:.4g} s: steps of {unit / 1000:g} s and {2 * unit / 1000:g} s"
        notes.append(f"{said} follow one another so evenly that the times were taken as cut to {unit / 1000:g} s")
        table = replace(table, timestamps=grid.times)
        steps = np.diff(grid.times)
        steps = steps[steps > 0]
    ratio = steps / cadence
    if gaps := int(np.count_nonzero(ratio > LONGEST_STEP)):
        notes.append(f"{counted(gaps, 'gap')}, the longest {duration(int(steps.max()) / 1000)}; nothing is filled in")
    even = float(np.mean((ratio >= SHORTEST_STEP) & (ratio <= LONGEST_STEP)))
    if even < _EVEN:
        warnings.append(f"only {even:.0%} of the steps are near the cadence")
    shown, apart = main_part(table.timestamps, cadence)
    return Paced(replace(table, notes=tuple(notes), warnings=(*warnings, *apart)), cadence, shown)


@dataclass(frozen=True, slots=True)
class Grid:
    """Times [n] in ms on even steps of ``period_ms``, but for the gaps between them."""

    times: Times
    period_ms: float


def even_times(timestamps: Times) -> Grid | None:
    """The even grid that rising times were cut from, if their single and double steps alternate as such a grid's do;
    None if not.

    Times ``unit * floor((phase + i * period) / unit)`` lie within one unit of a line (a digital straight line); a row
    that is missing moves them off it by a whole period.
    """
    known, index = np.unique(timestamps, return_inverse=True)
    steps = np.diff(known)
    if len(known) < _FEWEST:
        return None
    unit = int(np.gcd.reduce(steps))
    units = steps // unit
    double = float(np.mean(units == 2))  # noqa: PLR2004 - two units
    if double < _ALTERNATING or float(np.mean(units == 1)) + double < _EVEN:
        return None
    cuts = np.flatnonzero(units > 2) + 1  # noqa: PLR2004
    runs = [known[a:b].astype(np.float64) for a, b in zip([0, *cuts], [*cuts, len(known)], strict=True)]
    longest = max(runs, key=len)
    period = _period_of(longest, unit)
    if period is None:
        return None
    placed, even = [], 0
    for run in runs:
        for piece in _pieces(run, period, unit):
            off = piece - period * np.arange(len(piece))
            placed.append((off.max() + off.min()) / 2 + period * np.arange(len(piece)))
            even += len(piece) if int(np.sum(np.diff(piece) > unit)) >= _FEWEST_DOUBLE else 0
    times = np.round(np.concatenate(placed)).astype(np.int64)
    if even < _EVEN * len(known) or not (np.diff(times) > 0).all():
        return None
    return Grid(times[index], period)


def _period_of(run: Floats, unit: int) -> float | None:
    """The period of the longest stretch that is on one line, in ms; None if none is long enough."""
    best: tuple[int, float] | None = None
    begin = 0
    for _ in range(_TRIES):
        rest = run[begin:]
        if len(rest) < _FEWEST:
            break
        found = _longest(rest, unit)
        if best is None or found[0] > best[0]:
            best = found
        begin += found[0]
    return best[1] if best is not None and best[0] >= _FEWEST else None


def _longest(run: Floats, unit: int) -> tuple[int, float]:
    """How many of the first times are on one line, to a factor of two, and the line's slope."""
    length = min(_FEWEST // 2, len(run))
    period = _fitted(run[:length], unit)
    while length < len(run):
        longer = min(2 * length, len(run))
        tried = _fitted(run[:longer], unit)
        if _width(run[:longer], tried) > _SLACK * unit:
            break
        length, period = longer, tried
    return (length, period) if _width(run[:length], period) <= _SLACK * unit else (1, period)


def _fitted(run: Floats, unit: int) -> float:
    """The slope of the narrowest strip around times: the strip's width is convex in the slope."""
    mean = (run[-1] - run[0]) / (len(run) - 1)
    low, high = mean - 2 * unit / len(run), mean + 2 * unit / len(run)
    for _ in range(40):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if _width(run, left) < _width(run, right):
            high = right
        else:
            low = left
    return float(low + high) / 2


def _width(run: Floats, period: float) -> float:
    off = run - period * np.arange(len(run))
    return float(off.max() - off.min())


def _pieces(run: Floats, period: float, unit: int) -> Iterator[Floats]:
    """The run cut where its times leave the line of the ones before: where rows are missing."""
    begin = 0
    while begin < len(run):
        off = run[begin:] - period * np.arange(len(run) - begin)
        width = np.maximum.accumulate(off) - np.minimum.accumulate(off)
        end = begin + int(np.searchsorted(width, _SLACK * unit, side="right"))
        yield run[begin:end]
        begin = end


def main_part(timestamps: Times, cadence_ms: int) -> tuple[tuple[int, int], tuple[str, ...]]:
    """The first and last of rising times, but for few that are far from all others, as where a clock was not set; and
    what those are, in words.
    """
    times, said = timestamps, []
    while len(times) > 2:  # noqa: PLR2004 - two times have nothing but the gap between them
        steps = np.diff(times)
        at = int(np.argmax(steps)) + 1
        gap, recorded = int(steps[at - 1]), int(times[-1] - times[0] - steps[at - 1])
        if gap <= max(_APART * recorded, _LONG * cadence_ms):
            break
        early = at <= len(times) - at
        few = times[:at] if early else times[at:]
        times = times[at:] if early else times[:at]
        where = f"{duration(gap / 1000)} {'before' if early else 'after'} the others"
        lie = "lies" if len(few) == 1 else "lie"
        span = utc(int(few[0])) if len(few) == 1 else f"{utc(int(few[0]))} to {utc(int(few[-1]))}"
        said.append(f"{counted(len(few), 'row')} ({span}) {lie} {where}: was the clock not set?")
    return (int(times[0]), int(times[-1])), tuple(said)
