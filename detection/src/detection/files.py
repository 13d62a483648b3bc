"""Telemetry files: a time column and one column per channel, as CSV or Parquet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detection import times
from detection.types import Floats, Times

TIME_COLUMNS = ("time", "timestamp", "t", "datetime", "date", "utc", "time_utc", "event_time", "timestamp_ms")
MISSING = {"", "nan", "na", "n/a", "null", "none", "-"}
_DELIMITERS = ",;\t"
_PARQUET = {".parquet", ".pq"}


class FileError(ValueError):
    """The file cannot be judged; the message names the file, and row and column where there is one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's content: ``timestamps`` int64 [n] in ms, rising, and each channel's values float64 [n], nan where a
    cell is empty. ``notes`` say in words how the file was read.
    """

    timestamps: Times
    channels: dict[str, Floats]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.timestamps)

    def rows(self, chosen: slice) -> Table:
        """The same channels in some of the rows."""
        return replace(
            self,
            timestamps=self.timestamps[chosen],
            channels={name: values[chosen] for name, values in self.channels.items()},
        )


def read(path: Path, time_column: str | None = None, time_unit: str | None = None) -> Table:
    """Read a file; Parquet by its ending, else CSV. Rows are put in the order of time, and it is said.

    ``time_column`` and ``time_unit`` (s, ms, us, ns) are found by name and size where they are not given.

    Raises:
        FileError: it cannot be read; no time column; a cell that is no number or time; a row of another length; no row.
    """
    if path.suffix.lower() in _PARQUET:
        from detection.parquet import read_parquet  # noqa: PLC0415 - only those who have Parquet files need pyarrow

        table = read_parquet(path, time_column, time_unit)
    else:
        table = read_csv(path, time_column, time_unit)
    return _in_order(table)


def read_csv(path: Path, time_column: str | None = None, time_unit: str | None = None) -> Table:
    """Read a CSV file whose first line names the columns, separated by comma, semicolon or tab.

    Raises:
        FileError: as for :func:`read`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: {error}") from error
    head = text.partition("\n")[0]
    try:
        lines = csv.reader(text.splitlines(), delimiter=max(_DELIMITERS, key=head.count), strict=True)
        numbered = [(lines.line_num, row) for row in lines if row]
    except csv.Error as error:
        raise FileError(f"{path}, row {lines.line_num}: {error}") from error
    if len(numbered) < 2:  # noqa: PLR2004 - a header and a row
        raise FileError(f"{path}: a line of column names and at least one row are needed")
    names = [name.strip() for name in numbered.pop(0)[1]]
    at = time_at(path, names, time_column)
    for number, row in numbered:
        if len(row) != len(names):
            raise FileError(f"{path}, row {number}: {len(row)} cells, but {len(names)} columns are named")

    def complaints_of(column: int) -> times.Complain:
        return lambda index, wrong: FileError(f"{path}, row {numbered[index][0]}, column {names[column]!r}: {wrong}")

    columns = list(zip(*(row for _, row in numbered), strict=True))
    stamps, how = times.from_cells(columns[at], time_unit, complaints_of(at))
    channels = {name: numbers(columns[c], complaints_of(c)) for c, name in enumerate(names) if c != at}
    return Table(stamps, channels, (f"times in column {names[at]!r} read as {how}",))


def time_at(path: Path, names: Sequence[str], wanted: str | None) -> int:
    """Which column holds the time.

    Raises:
        FileError: none does, a name is there twice or missing, or there is no other column.
    """
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileError(f"{path}, row 1: column {twice[0]!r} is there twice")
    if "" in names:
        raise FileError(f"{path}, row 1: column {names.index('') + 1} has no name")
    if wanted is not None:
        if wanted not in names:
            raise FileError(f"{path}, row 1: no column is named {wanted!r}")
        at = names.index(wanted)
    else:
        found = next((i for i, name in enumerate(names) if name.lower() in TIME_COLUMNS), None)
        if found is None:
            raise FileError(f"{path}, row 1: no column is named {', '.join(TIME_COLUMNS)}; say which with --time")
        at = found
    if len(names) == 1:
        raise FileError(f"{path}, row 1: besides {names[at]!r} there is no channel")
    return at


def numbers(cells: Sequence[str], complain: times.Complain) -> Floats:
    """Cells of text as numbers, nan where one is empty or says that it is missing."""
    found = np.empty(len(cells))
    for i, cell in enumerate(cells):
        try:
            found[i] = float(cell)
        except ValueError as error:
            if cell.strip().lower() not in MISSING:
                raise complain(i, f"{cell!r} is no number") from error
            found[i] = np.nan
    return found


def _in_order(table: Table) -> Table:
    steps = np.diff(table.timestamps)
    backward = int(np.count_nonzero(steps < 0))
    if not backward:
        return table
    order = np.argsort(table.timestamps, kind="stable")
    note = f"rows put in the order of time: it went backward {backward} times"
    return Table(
        table.timestamps[order], {name: values[order] for name, values in table.channels.items()}, (*table.notes, note)
    )
