"""Parquet files, by pyarrow; kept apart because only ``passwatch-detection[files]`` brings it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from detection import times
from detection.files import FileError, Table, assembled, choose, numbers
from detection.types import Floats, Times

_PER_MS = {"s": (1000, 1), "ms": (1, 1), "us": (1, 1000), "ns": (1, 1_000_000)}
"""What a count of timestamps is multiplied by, and then divided by, to be in ms."""
_DAY_MS = 86_400_000


def read_parquet(path: Path, time_column: str | None, time_unit: str | None, columns: Sequence[str] = ()) -> Table:
    """Read a Parquet file; rows are counted from 1.

    Raises:
        FileError: as for :func:`detection.files.read`.
    """
    try:
        content = pyarrow.parquet.ParquetFile(path).read()
    except (OSError, pyarrow.ArrowException) as error:
        raise FileError(f"{path}: {error}") from error
    names = [name.strip() for name in content.column_names]
    at, chosen = choose(path, names, time_column, columns)
    if not len(content):
        raise FileError(f"{path}: at least one row is needed")

    def column(index: int) -> _Column:
        return _Column(path, names[index], content.column(index).combine_chunks())

    stamps, how = column(at).times(time_unit)
    found = {names[c]: column(c).numbers(named=bool(columns)) for c in chosen}
    others = [name for name, values in found.items() if values is None]
    channels = {name: values for name, values in found.items() if values is not None}
    return assembled(path, Table(stamps, channels, (f"times in column {names[at]!r} read as {how}",)), others)


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
        """The column as times in ms.

        Raises:
            FileError: a row has no time, or one out of range.
        """
        kind = self._array.type
        if self._array.null_count:
            raise self._complain(int(np.argmax(self._array.is_null().to_numpy(zero_copy_only=False))), "no time")
        if pyarrow.types.is_timestamp(kind) or pyarrow.types.is_date(kind):
            return self._stamps(), "timestamps" + ("" if getattr(kind, "tz", None) else " in UTC")
        if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
            return times.from_cells(self._texts(), unit, self._complain)
        if not (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)):
            raise FileError(f"{self._where}: {kind} is no kind of time")
        counts = self._array.to_numpy(zero_copy_only=False).astype(np.float64)
        if not np.isfinite(counts).all():
            raise self._complain(int(np.argmin(np.isfinite(counts))), "no time")
        return times.from_counts(counts, unit, self._complain)

    def _stamps(self) -> Times:
        """Timestamps and dates as ms, never by way of a unit that cannot hold them."""
        kind = self._array.type
        days = pyarrow.types.is_date32(kind)
        counts = self._array.cast(pyarrow.int32() if days else pyarrow.int64()).to_numpy(zero_copy_only=False)
        unit = "ms" if pyarrow.types.is_date64(kind) else "days" if days else kind.unit
        factor, divisor = (_DAY_MS, 1) if days else _PER_MS[unit]
        low, high = times.EARLIEST_MS * divisor // factor, times.LATEST_MS * divisor // factor
        outside = (counts < low) | (counts >= high)
        if outside.any():
            at = int(np.argmax(outside))
            raise self._complain(at, f"{counts[at]} {unit} since 1970 is no time: {times.RANGE}")
        return np.asarray(counts.astype(np.int64) * factor // divisor, dtype=np.int64)

    def numbers(self, *, named: bool) -> Floats | None:
        """The column as numbers, nan where there is none; None if it holds none, unless it was ``named`` as a channel.

        Raises:
            FileError: a row holds no number.
        """
        kind = self._array.type
        if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
            return numbers(self._texts(), self._complain, named=named)
        try:
            as_floats = self._array.cast(pyarrow.float64(), safe=False)
        except pyarrow.ArrowException as error:
            if named:
                raise FileError(f"{self._where}: {kind} holds no numbers") from error
            return None
        return np.array(pyarrow.compute.fill_null(as_floats, np.nan).to_numpy(zero_copy_only=False))
