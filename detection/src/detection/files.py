"""Telemetry files: CSV with a time column and one column per channel."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from detection.types import Floats, Times

TIME_COLUMNS = ("time", "timestamp", "t")


class FileError(ValueError):
    """The file cannot be judged; the message names row and column."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's content: ``timestamps`` int64 [n] in ms, and each channel's values float64 [n], nan where a cell is
    empty.
    """

    timestamps: Times
    channels: dict[str, Floats]


def read_csv(path: Path) -> Table:
    """Read a file whose first line names the columns; times are ISO 8601 (UTC where no zone is given) or ms since 1970.

    Raises:
        FileError: no time column, a cell that is no number or time, a row of another length, or no row at all.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path}: {error}") from error
    if len(rows) < 2:  # noqa: PLR2004 - a header and a row
        raise FileError(f"{path}: a line of column names and at least one row are needed")
    names = [name.strip() for name in rows[0]]
    at = next((i for i, name in enumerate(names) if name.lower() in TIME_COLUMNS), None)
    if at is None:
        raise FileError(f"{path}, row 1: no column is named {', '.join(TIME_COLUMNS)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileError(f"{path}, row 1: column {twice[0]!r} is there twice")
    columns: list[list[float]] = [[] for _ in names]
    times: list[int] = []
    for number, row in enumerate(rows[1:], 2):
        if not row:
            continue
        if len(row) != len(names):
            raise FileError(f"{path}, row {number}: {len(row)} cells, but {len(names)} columns are named")
        for i, cell in enumerate(row):
            where = f"{path}, row {number}, column {names[i]!r}"
            if i == at:
                times.append(_time(cell, where))
            else:
                columns[i].append(_value(cell, where))
    channels = {name: np.array(columns[i]) for i, name in enumerate(names) if i != at}
    return Table(np.array(times, dtype=np.int64), channels)


def _time(cell: str, where: str) -> int:
    try:
        if cell.strip().lstrip("-").isdecimal():
            return int(cell)
        moment = datetime.fromisoformat(cell.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise FileError(f"{where}: {cell!r} is no time (ISO 8601, or ms since 1970)") from error


def _value(cell: str, where: str) -> float:
    if not cell.strip():
        return float("nan")
    try:
        return float(cell)
    except ValueError as error:
        raise FileError(f"{where}: {cell!r} is no number") from error
