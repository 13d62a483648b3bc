"""Telemetry chunks decoded fast, by decoders that admit only what is plainly right.

A column's numbers are parsed to be checked and hashed, but moved on as the text they came as.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, islice
from operator import lt
from struct import Struct as Packer
from struct import error as PackError  # noqa: N812 - an exception's name

import msgspec
import numpy as np
import orjson

from passwatch.contracts import Stream
from victoria_consumer.domain.import_lines import MAX_SAMPLES


class NotOnFastPath(Exception):
    """The fast path does not admit this message; only an inspection can say whether and why it is wrong."""


class Record(msgspec.Struct):
    """A chunk of exactly one record."""

    mission: str
    satellite_id: str
    batch_id: str
    first_index: int
    timestamps: tuple[int]
    channels: dict[str, tuple[float | None]]
    stream: Stream = "realtime"

    def values(self) -> tuple[float | None, ...]:
        """The samples in the order of the channels."""
        return tuple(chain.from_iterable(self.channels.values()))


class Columns(msgspec.Struct):
    """A chunk of records whose columns are still text."""

    mission: str
    satellite_id: str
    batch_id: str
    first_index: int
    timestamps: list[int]
    channels: dict[str, msgspec.Raw]
    stream: Stream = "realtime"

    def rises(self) -> bool:
        """Whether there are timestamps, and they rise strictly."""
        times = self.timestamps
        return bool(times) and all(map(lt, times, islice(times, 1, None)))

    def values(self) -> tuple[bytes, list[memoryview] | None]:
        """The columns as packed doubles (nan where missing), and their texts if these may be moved as they are.

        Raises:
            NotOnFastPath: a column is not as many numbers (or nulls) as there are timestamps.
        """
        joined = b"[" + b",".join(map(memoryview, self.channels.values())) + b"]"
        records = len(self.timestamps)
        if b"t" in joined or b"f" in joined:  # true and false, which a packer would take for 1 and 0
            raise NotOnFastPath
        try:
            columns = orjson.loads(joined)
            if any(len(column) != records for column in columns):
                raise NotOnFastPath
            pack = _packer(records).pack
            packed = b"".join([pack(*column) for column in columns])
        except PackError:
            return _with_gaps(joined, records), None
        except (TypeError, ValueError, RecursionError) as error:
            raise NotOnFastPath from error
        if records > MAX_SAMPLES or b"\n" in joined or b"\r" in joined:
            return packed, None
        return packed, [memoryview(column)[1:-1] for column in self.channels.values()]


_RECORD = msgspec.json.Decoder(Record)
_COLUMNS = msgspec.json.Decoder(Columns)
_COLUMN_VALUES = msgspec.json.Decoder(list[list[float | None]])


def decode_record(payload: bytes) -> Record | None:
    """The record of a payload that holds exactly one; None if it does not, or if anything about it is wrong."""
    try:
        return _RECORD.decode(payload)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def decode_columns(payload: bytes) -> Columns:
    """The chunk of a payload.

    Raises:
        NotOnFastPath: it is not one.
    """
    try:
        return _COLUMNS.decode(payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise NotOnFastPath from error


def _with_gaps(joined: bytes, records: int) -> bytes:
    try:
        columns = _COLUMN_VALUES.decode(joined)
    except msgspec.DecodeError as error:
        raise NotOnFastPath from error
    if any(len(column) != records for column in columns):
        raise NotOnFastPath
    return pack_columns(columns)


def pack_columns(columns: list[list[float | None]]) -> bytes:
    """Columns of equal length as native doubles, one column after another, nan where missing."""
    return np.array(columns, dtype=np.float64).tobytes()


@lru_cache(maxsize=1_024)
def _packer(count: int) -> Packer:
    return Packer(f"{count}d")
