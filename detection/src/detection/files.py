"""Telemetry files: a time column and one column per channel, as CSV or Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detection import times
from detection.types import Floats, Times
from detection.words import counted, duration, listed, utc

if TYPE_CHECKING:
    from _csv import Reader

TIME_COLUMNS = ("time", "timestamp", "t", "datetime", "date", "utc", "time_utc", "event_time", "timestamp_ms")
MISSING = {"", "nan", "na", "n/a", "null", "none", "-"}
_FLAGS = {"true": 1.0, "false": 0.0}
_DELIMITERS = ",;\t"
_PARQUET = {".parquet", ".pq"}
_GROUPING = str.maketrans("", "", ",_'’  \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
"""What people put between digits."""


class FileError(ValueError):
    """The file cannot be judged; the message names the file, and row and column where there is one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's content: ``timestamps`` int64 [n] in ms, rising, and each channel's values float64 [n], nan where a
    cell is empty. ``notes`` say in words how the file was read, ``warnings`` what in it may not be as it was meant.
    """

    timestamps: Times
    channels: dict[str, Floats]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.timestamps)

    def rows(self, chosen: slice) -> Table:
        """The same channels in some of the rows."""
        return replace(
            self,
            timestamps=self.timestamps[chosen],
            channels={name: values[chosen] for name, values in self.channels.items()},
        )


def read(
    path: Path, time_column: str | None = None, time_unit: str | None = None, columns: Sequence[str] = ()
) -> Table:
    """Read a file; Parquet by its ending or first bytes, else CSV. Rows are put in the order of time, and it is said.

    ``time_column`` and ``time_unit`` (s, ms, us, ns) are found by name and size where they are not given.
    ``columns`` are the channels to read; without any, all columns of numbers.

    Raises:
        FileError: it cannot be read; no time column; a cell that is no number or time; a row of another length; no row.
    """
    if _is_parquet(path):
        from detection.parquet import read_parquet  # noqa: PLC0415 - only those who have Parquet files need pyarrow

        table = read_parquet(path, time_column, time_unit, columns)
    else:
        table = read_csv(path, time_column, time_unit, columns)
    return _in_order(table)


def _is_parquet(path: Path) -> bool:
    if path.suffix.lower() in _PARQUET:
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError:
        return False


def read_csv(
    path: Path, time_column: str | None = None, time_unit: str | None = None, columns: Sequence[str] = ()
) -> Table:
    """Read a CSV file whose first line names the columns, separated by comma, semicolon or tab.

    Raises:
        FileError: as for :func:`read`.
    """
    text = _text(path)
    delimiter = _delimiter(text, time_column)
    try:
        lines = _rows(text, delimiter)
        numbered = [(lines.line_num, row) for row in lines if row]
    except csv.Error as error:
        raise FileError(f"{path}, row {lines.line_num}: {error}") from error
    if len(numbered) < 2:  # noqa: PLR2004 - a header and a row
        raise FileError(f"{path}: a line of column names and at least one row are needed")
    names = [name.strip() for name in numbered.pop(0)[1]]
    at, chosen = choose(path, names, time_column, columns)
    for number, row in numbered:
        if len(row) != len(names):
            more = "; a decimal comma, or a comma in a name, needs quotes" if len(row) > len(names) else ""
            raise FileError(f"{path}, row {number}: {len(row)} cells, but {len(names)} columns are named{more}")

    def complaints_of(column: int) -> times.Complain:
        return lambda index, wrong: FileError(f"{path}, row {numbered[index][0]}, column {names[column]!r}: {wrong}")

    cells = list(zip(*(row for _, row in numbered), strict=True))
    stamps, how = times.from_cells(cells[at], time_unit, complaints_of(at))
    found = {names[c]: numbers(cells[c], complaints_of(c), named=bool(columns)) for c in chosen}
    texts = [name for name, values in found.items() if values is None]
    channels = {name: values for name, values in found.items() if values is not None}
    return assembled(path, Table(stamps, channels, (f"times in column {names[at]!r} read as {how}",)), texts)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: {error}") from error
    try:
        return raw.decode("utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        row, byte = raw[: error.start].count(b"\n") + 1, raw[error.start]
        raise FileError(f"{path}, row {row}: byte {byte:#04x} is not UTF-8; save the file as UTF-8") from error


def _rows(text: str, delimiter: str) -> Reader:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)


def _delimiter(text: str, time_column: str | None) -> str:
    """What separates the columns: the most frequent delimiter that leaves a time column in the header, read with its
    quotes; if none does, the most frequent.
    """
    head = text.lstrip().partition("\n")[0]
    by_count = sorted(_DELIMITERS, key=head.count, reverse=True)
    for delimiter in by_count:
        try:
            names = [name.strip() for name in next(filter(None, _rows(text, delimiter)), ())]
        except csv.Error:
            continue
        if len(names) > 1 and _time_at(names, time_column) is not None:
            return delimiter
    return by_count[0]


def _time_at(names: Sequence[str], wanted: str | None) -> int | None:
    if wanted is not None:
        return names.index(wanted) if wanted in names else None
    return next((i for i, name in enumerate(names) if name.lower() in TIME_COLUMNS), None)


def choose(
    path: Path, names: Sequence[str], time_column: str | None, columns: Sequence[str]
) -> tuple[int, Sequence[int]]:
    """Which column holds the time, and which are channels: those named, or all others.

    A name of ``columns`` that is not a column's may be several names with commas between them.

    Raises:
        FileError: none holds the time, a name is there twice or missing, or there is no channel.
    """
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileError(f"{path}, row 1: column {twice[0]!r} is there twice")
    if "" in names:
        raise FileError(f"{path}, row 1: column {names.index('') + 1} has no name")
    at = _time_at(names, time_column)
    if at is None:
        if time_column is not None:
            raise FileError(f"{path}, row 1: no column is named {time_column!r}{similar(time_column, names)}")
        alone = "" if len(names) > 1 else "; columns are separated by comma, semicolon or tab"
        raise FileError(f"{path}, row 1: no column is named {', '.join(TIME_COLUMNS)}; say which with --time{alone}")
    if len(names) == 1:
        raise FileError(f"{path}, row 1: besides {names[at]!r} there is no channel")
    if not columns:
        return at, [i for i in range(len(names)) if i != at]
    wanted = [one.strip() for name in columns for one in ([name] if name.strip() in names else name.split(","))]
    for name in wanted:
        if name not in names:
            raise FileError(f"{path}, row 1: no column is named {name!r}{similar(name, names)}, as --columns says")
        if name == names[at]:
            raise FileError(f"{path}, row 1: column {name!r} of --columns holds the times")
    return at, [i for i, name in enumerate(names) if name in wanted]


def similar(name: str, names: Sequence[str]) -> str:
    """A remark that offers the name most like this one; empty if none is."""
    by_form = {_form(one): one for one in names}
    close = get_close_matches(_form(name), by_form, n=1, cutoff=0.8)
    return f" (did you mean {by_form[close[0]]!r}?)" if close else ""


def _form(name: str) -> str:
    """A name without case, unit in brackets and punctuation."""
    return re.sub(r"[\W_]+", "", re.sub(r"[\[(].*[\])]", "", name)).casefold()


def numbers(cells: Sequence[str], complain: times.Complain, *, named: bool = False) -> Floats | None:
    """Cells of text as numbers, nan where one is empty or says that it is missing; ``true`` and ``false`` alone as 1
    and 0. None where a column holds text and no number, unless it was ``named`` as a channel.

    Raises:
        Exception: what ``complain`` makes of a cell that is no number in a column of numbers.
    """
    found = np.empty(len(cells))
    strange: list[int] = []
    for i, cell in enumerate(cells):
        try:
            if "_" in cell or not cell.isascii():  # float() would take 1_000 and the digits of other scripts
                raise ValueError(cell)  # noqa: TRY301 - one path for all that is no number
            found[i] = float(cell)
        except ValueError:
            found[i] = np.nan
            if cell.strip().lower() not in MISSING:
                strange.append(i)
    if not strange:
        return found
    known = [i for i, cell in enumerate(cells) if cell.strip().lower() not in MISSING]
    if all(cells[i].strip().lower() in _FLAGS for i in known):
        found[known] = [_FLAGS[cells[i].strip().lower()] for i in known]
        return found
    badly_written = next((i for i in strange if _like_a_number(cells[i])), None)
    if badly_written is not None:
        wrong = "is no number: digits 0 to 9 and a decimal point are expected, and nothing between the digits"
        raise complain(badly_written, f"{cells[badly_written]!r} {wrong}")
    if named or len(strange) < len(known):
        raise complain(strange[0], f"{cells[strange[0]]!r} is no number; --columns says which columns to judge")
    return None


def _like_a_number(cell: str) -> bool:
    try:
        float(cell.translate(_GROUPING))
    except ValueError:
        return False
    return True


def assembled(path: Path, table: Table, texts: Sequence[str]) -> Table:
    """The table, with what was left out of it said.

    Raises:
        FileError: nothing is left.
    """
    if not table.channels:
        raise FileError(f"{path}: no column of numbers besides the times; {listed(texts)} cannot be judged")
    if texts:
        it = "a column that holds" if len(texts) == 1 else "columns that hold"
        table = replace(table, warnings=(*table.warnings, f"not judged: {listed(texts)}, {it} no numbers"))
    return table


def _in_order(table: Table) -> Table:
    """The rows in the order of time, and what is odd about their times said."""
    stamps, said = table.timestamps, list(table.warnings)
    steps = np.diff(stamps)
    if backward := int(np.count_nonzero(steps < 0)):
        at = int(np.argmin(steps))
        furthest = f"{duration(-int(steps[at]) / 1000)} from {utc(int(stamps[at]))} to {utc(int(stamps[at + 1]))}"
        said.append(
            f"rows put in the order of time: it went backward {counted(backward, 'time')}, at most by {furthest}"
        )
        order = np.argsort(stamps, kind="stable")
        channels = {name: values[order] for name, values in table.channels.items()}
        table = replace(table, timestamps=stamps[order], channels=channels)
        stamps = table.timestamps
        steps = np.diff(stamps)
    repeated = np.flatnonzero(steps == 0) + 1
    if len(repeated):
        span = f"from {utc(int(stamps[repeated[0]]))} to {utc(int(stamps[repeated[-1]]))}"
        said.append(f"{counted(len(repeated), 'row')} with the time of a row before, {span}: the first value counts")
    return replace(table, warnings=tuple(said))
