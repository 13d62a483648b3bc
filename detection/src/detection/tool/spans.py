"""Which rows of a file are nominal: the first N, or those from one time to another."""

from __future__ import annotations

import numpy as np

from detection import times
from detection.files import FileError, Table
from detection.words import counted


def nominal_rows(table: Table, span: str | None, rows: int | None) -> tuple[slice, str]:
    """The rows to fit on, and what they are in words; the first half where nothing is said.

    Raises:
        FileError: the span cannot be read or holds no row.
    """
    if span is None:
        count = len(table) // 2 if rows is None else rows
        if not 0 < count <= len(table):
            raise FileError(f"of {len(table)} rows, {count} cannot be taken as nominal")
        said = "nothing was said, so they were taken" if rows is None else "taken"
        return slice(0, count), f"the first {count} of {len(table)} rows ({said} as nominal)"
    begin, dots, end = span.partition("..")
    if not dots:
        raise FileError(f"--fit {span}: a span is written FROM..TO, as in 2026-01-01..2026-01-02T12:00Z")
    first = np.searchsorted(table.timestamps, _moment(begin, span)) if begin.strip() else 0
    last = np.searchsorted(table.timestamps, _moment(end, span), side="right") if end.strip() else len(table)
    if last <= first:
        raise FileError(f"--fit {span}: no row of the file is in there")
    return slice(int(first), int(last)), f"its {counted(int(last - first), 'row')} of {span}"


def _moment(text: str, span: str) -> int:
    try:
        return times.moment(text)[0]
    except (ValueError, OverflowError) as error:
        raise FileError(f"--fit {span}: {text!r} is no time (ISO 8601)") from error
