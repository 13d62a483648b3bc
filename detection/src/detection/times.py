"""A file's time column: ISO 8601, CCSDS ASCII time codes or counts since 1970, read as milliseconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from detection.types import Floats, Times

UNITS = {"s": 1_000, "ms": 1, "us": 1e-3, "ns": 1e-6}
"""Milliseconds by unit of a count."""
EARLIEST_MS = round(datetime(1678, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_MS = round(datetime(2262, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""A time lies from the first (inclusive) to the second (exclusive): what 64 bits hold as ns, in every format alike."""
RANGE = "times lie from the year 1678 to the year 2261"
_LARGEST = {"s": 1e11, "ms": 1e14, "us": 1e17}
"""A count below is taken to be in that unit: all of them reach past the year 5000, and none of them before 1973."""
_RECENT = 1e8
"""Smaller counts are those of a clock that was not set: they have the unit of the others, whatever their size."""
_COUNT = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_DAY_OF_YEAR = re.compile(r"\A([0-9]{4})-?([0-9]{3})(?=[T ]|$)")
"""The date of CCSDS ASCII time code B (CCSDS 301.0-B-4, 3.5.1.2), which is ISO 8601's ordinal date."""
_LEAP_SECOND = re.compile(r"([T ][0-9]{2}:?[0-9]{2}:?)60")
_END_OF_DAY = re.compile(r"([T ])24(?=:?00(:?00([.,]0+)?)?([Z+-]|$))")
Complain = Callable[[int, str], Exception]
"""Makes the error of a cell, from its index and what is wrong."""


def unit_of(counts: Floats) -> str:
    """The unit of counts since 1970 (finite, [n]), by their size."""
    largest = float(np.abs(counts).max(initial=0.0))
    return next((unit for unit, bound in _LARGEST.items() if largest < bound), "ns")


def from_counts(counts: Floats, unit: str | None, complain: Complain) -> tuple[Times, str]:
    """Finite counts since 1970, [n], as ms, and how they were read.

    Raises:
        Exception: what ``complain`` makes of a count in another unit than the others, or out of range.
    """
    if unit is None:
        unit = unit_of(counts)
        _check_one_unit(counts, complain)
    stamps = np.round(counts * UNITS[unit])
    outside = ~((stamps >= EARLIEST_MS) & (stamps < LATEST_MS))
    if outside.any():
        at = int(np.argmax(outside))
        raise complain(at, f"{_whole(counts[at])} {unit} since 1970 is no time: {RANGE}")
    return stamps.astype(np.int64), f"{unit} since 1970"


def _check_one_unit(counts: Floats, complain: Complain) -> None:
    sizes = np.searchsorted(list(_LARGEST.values()), np.abs(counts), side="right")
    recent = np.flatnonzero(np.abs(counts) >= _RECENT)
    other = recent[sizes[recent] != sizes[recent[0]]] if len(recent) else recent
    if len(other):
        units, at = [*_LARGEST, "ns"], int(other[0])
        raise complain(
            at,
            f"{_whole(counts[at])} looks like {units[sizes[at]]} since 1970, but {_whole(counts[recent[0]])} like"
            f" {units[sizes[recent[0]]]}: one unit is expected, and --time-unit says which",
        )


def _whole(count: float) -> str:
    return f"{count:.0f}" if count == round(count) and abs(count) < 1e21 else f"{count:g}"  # noqa: PLR2004 - readable


def from_cells(cells: Sequence[str], unit: str | None, complain: Complain) -> tuple[Times, str]:
    """Cells of text as ms, and how they were read: all of them are dates, or all of them are counts.

    Raises:
        Exception: what ``complain`` makes of a cell that is neither, or not like the first one, or out of range.
    """
    if cells and _COUNT.fullmatch(cells[0].strip()):
        counts = np.empty(len(cells))
        for i, cell in enumerate(cells):
            if not _COUNT.fullmatch(cell.strip()):
                raise complain(i, f"{cell!r} is no time: a count since 1970 is expected, as in the first row")
            counts[i] = float(cell)
        if not np.isfinite(counts).all():
            raise complain(int(np.argmin(np.isfinite(counts))), f"no time is that large: {RANGE}")
        return from_counts(counts, unit, complain)
    stamps = np.empty(len(cells), dtype=np.int64)
    without_zone, leap_seconds = False, 0
    for i, cell in enumerate(cells):
        try:
            stamps[i], zone, leap = moment(cell)
        except (ValueError, OverflowError) as error:
            raise complain(i, f"{cell!r} is no time (ISO 8601, or a count since 1970)") from error
        if not EARLIEST_MS <= stamps[i] < LATEST_MS:
            raise complain(i, f"{cell!r} is out of range: {RANGE}")
        without_zone |= not zone
        leap_seconds += leap
    how = "ISO 8601" + (", UTC where no zone is given" if without_zone else "")
    if leap_seconds:
        how += f", {leap_seconds} in a leap second, which counts as the second after it"
    return stamps, how


def moment(text: str) -> tuple[int, bool, bool]:
    """A date as ms since 1970; whether it gives a zone (else it is UTC), and whether it is in a leap second.

    ISO 8601 with calendar, week or day-of-year dates, and so CCSDS ASCII time codes A and B; ``23:59:60`` UTC counts
    as the second after it, as in POSIX, and ``24:00`` is the next day's midnight.

    Raises:
        ValueError: it is none.
        OverflowError: no calendar holds it.
    """
    written = text.strip().upper()
    if not written.isascii():
        raise ValueError(text)
    for name in (" UTC", " GMT"):
        if written.endswith(name):
            written = written.removesuffix(name) + "Z"
    added = timedelta()
    try:
        found = datetime.fromisoformat(written)
        leap = False
    except ValueError:
        written, days = _END_OF_DAY.subn(r"\g<1>00", _DAY_OF_YEAR.sub(_calendar_date, written, count=1), count=1)
        written, seconds = _LEAP_SECOND.subn(r"\g<1>59", written, count=1)
        leap = bool(seconds)
        added = timedelta(days=days, seconds=seconds)
        found = datetime.fromisoformat(written)
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    if leap and aware.astimezone(UTC).strftime("%H:%M") != "23:59":
        raise ValueError(f"{text}: a minute has 60 s, but for a leap second at 23:59:60 UTC")
    return round((aware + added).timestamp() * 1000), found.tzinfo is not None, leap


def _calendar_date(found: re.Match[str]) -> str:
    year, day = int(found[1]), int(found[2])
    dated = date(year, 1, 1) + timedelta(days=day - 1)
    if dated.year != year:
        raise ValueError(f"{found[0]}: the year has no such day")
    return dated.isoformat()
