"""Parquet files, by pyarrow; kept apart because only ``passwatch-detection[files]`` brings it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from detection import times
from detection.files import FileError, Table, numbers, time_at
from detection.types import Floats, Times


def read_parquet(path: Path, time_column: str | None, time_unit: str | None) -> Table:
    """Read a Parquet file; rows are counted from 1.

    Raises:
        FileError: as for :func:`detection.files.read`, or a column of a kind that holds no numbers.
    """
    try:
        content = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise FileError(f"{path}: {error}") from error
    names = [name.strip() for name in content.column_names]
    at = time_at(path, names, time_column)
    if not len(content):
        raise FileError(f"{path}: at least one row is needed")

    def column(index: int) -> _Column:
        return _Column(path, names[index], content.column(index).combine_chunks())

    stamps, how = column(at).times(time_unit)
    channels = {name: column(c).numbers() for c, name in enumerate(names) if c != at}
    return Table(stamps, channels, (f"times in column {names[at]!r} read as {how}",))


class _Column:
    """One column, and how to complain of its cells."""

    def __init__(self, path: Path, name: str, array: pyarrow.Array) -> None:
        self._where = f"{path}, column {name!r}"
        self._path, self._name = path, name
        self._array = array.dictionary_decode() if pyarrow.types.is_dictionary(array.type) else array

    def _complain(self, index: int, wrong: str) -> FileError:
        return FileError(f"{self._path}, row {index + 1}, column {self._name!r}: {wrong}")

    def _texts(self) -> list[str]:
        return ["" if cell is None else cell for cell in self._array.to_pylist()]

    def times(self, unit: str | None) -> tuple[Times, str]:
        """The column as times in ms."""
        kind = self._array.type
        if self._array.null_count:
            raise self._complain(int(np.argmax(self._array.is_null().to_numpy(zero_copy_only=False))), "no time")
        if pyarrow.types.is_timestamp(kind) or pyarrow.types.is_date(kind):
            stamps = self._array.cast(pyarrow.timestamp("ns", tz=getattr(kind, "tz", None)))
            counts = stamps.cast(pyarrow.int64()).to_numpy(zero_copy_only=False)
            return counts // 1_000_000, "timestamps" + ("" if getattr(kind, "tz", None) else " in UTC")
        if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
            return times.from_cells(self._texts(), unit, self._complain)
        if not (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)):
            raise FileError(f"{self._where}: {kind} is no kind of time")
        counts = self._array.to_numpy(zero_copy_only=False).astype(np.float64)
        if not np.isfinite(counts).all():
            raise self._complain(int(np.argmin(np.isfinite(counts))), "no time")
        return times.from_counts(counts, unit)

    def numbers(self) -> Floats:
        """The column as numbers, nan where there is none."""
        kind = self._array.type
        if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
            return numbers(self._texts(), self._complain)
        try:
            as_floats = self._array.cast(pyarrow.float64(), safe=False)
        except pyarrow.ArrowException as error:
            raise FileError(f"{self._where}: {kind} holds no numbers") from error
        return np.array(pyarrow.compute.fill_null(as_floats, np.nan).to_numpy(zero_copy_only=False))
