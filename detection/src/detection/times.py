"""A file's time column: ISO 8601 or a count since 1970, read as milliseconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from detection.types import Floats, Times

UNITS = {"s": 1_000, "ms": 1, "us": 1e-3, "ns": 1e-6}
"""Milliseconds by unit of a count."""
_LARGEST = {"s": 1e11, "ms": 1e14, "us": 1e17}
"""A count below is taken to be in that unit: all of them reach past the year 5000, and none of them before 1973."""
_COUNT = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
Complain = Callable[[int, str], Exception]
"""Makes the error of a cell, from its index and what is wrong."""


def unit_of(counts: Floats) -> str:
    """The unit of counts since 1970 (finite, [n]), by their size."""
    largest = float(np.abs(counts).max(initial=0.0))
    return next((unit for unit, bound in _LARGEST.items() if largest < bound), "ns")


def from_counts(counts: Floats, unit: str | None) -> tuple[Times, str]:
    """Counts since 1970 as ms, and how they were read."""
    unit = unit or unit_of(counts)
    return np.round(counts * UNITS[unit]).astype(np.int64), f"{unit} since 1970"


def from_cells(cells: Sequence[str], unit: str | None, complain: Complain) -> tuple[Times, str]:
    """Cells of text as ms, and how they were read: all of them are ISO 8601, or all of them are counts.

    Raises:
        Exception: what ``complain`` makes of a cell that is neither, or not like the first one.
    """
    if cells and _COUNT.fullmatch(cells[0].strip()):
        counts = np.empty(len(cells))
        for i, cell in enumerate(cells):
            if not _COUNT.fullmatch(cell.strip()):
                raise complain(i, f"{cell!r} is no time: a count since 1970 is expected, as in the first row")
            counts[i] = float(cell)
        if not (np.abs(counts) < 1e21).all():  # noqa: PLR2004 - what fits into 64 bits as ns, generously
            raise complain(int(np.argmax(np.abs(counts))), "no time is that large")
        return from_counts(counts, unit)
    times = np.empty(len(cells), dtype=np.int64)
    without_zone = False
    for i, cell in enumerate(cells):
        try:
            moment = datetime.fromisoformat(cell.strip())
            without_zone |= moment.tzinfo is None
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            times[i] = round(aware.timestamp() * 1000)
        except (ValueError, OverflowError) as error:
            raise complain(i, f"{cell!r} is no time (ISO 8601, or a count since 1970)") from error
    return times, "ISO 8601" + (", UTC where no zone is given" if without_zone else "")
