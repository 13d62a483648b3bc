"""Rows in PostgreSQL's binary COPY format: number arrays go in as they lie in memory, exactly and without parsing."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)
INT8_OID, FLOAT8_OID, TEXT_OID = 20, 701, 25
POSTGRES_EPOCH = date(2000, 1, 1).toordinal()
_INT8 = np.dtype([("length", ">i4"), ("value", ">i8")])
_FLOAT8 = np.dtype([("length", ">i4"), ("value", ">f8")])


def uid(value: str) -> bytes:
    """A uuid."""
    return _field(UUID(value).bytes)


def text(value: str | None) -> bytes:
    """A text, or null."""
    return NULL if value is None else _field(value.encode())


def day(value: date) -> bytes:
    """A date."""
    return _field(struct.pack(">i", value.toordinal() - POSTGRES_EPOCH))


def int8(value: int) -> bytes:
    """A bigint."""
    return _field(struct.pack(">q", value))


def float8(value: float | None) -> bytes:
    """A double precision, or null."""
    return NULL if value is None else _field(struct.pack(">d", value))


def int8s(values: NDArray[np.int64]) -> bytes:
    """A bigint[]."""
    return _array(values, INT8_OID, _INT8)


def float8s(values: NDArray[np.float64]) -> bytes:
    """A double precision[] of any number of dimensions; NaN stays NaN."""
    return _array(values, FLOAT8_OID, _FLOAT8)


def texts(values: Sequence[str]) -> bytes:
    """A text[]."""
    return _field(_array_head((len(values),), TEXT_OID) + b"".join(text(v) for v in values))


def rows_file(rows: Iterable[Sequence[bytes]]) -> BytesIO:
    """A file for ``COPY … FROM STDIN (FORMAT binary)`` of rows made of the fields above."""
    out = BytesIO()
    out.write(HEADER)
    for row in rows:
        out.write(struct.pack(">h", len(row)))
        out.writelines(row)
    out.write(TRAILER)
    out.seek(0)
    return out


def copy(connection: Connection, table: str, rows: Sequence[Sequence[bytes]]) -> None:
    """Put rows into a table of the service's schema; their fields are in the order of its columns."""
    if rows:
        cursor: Any = connection.connection.cursor()
        with closing(cursor):
            cursor.copy_expert(f"COPY operation.{table} FROM STDIN (FORMAT binary)", rows_file(rows))


def _field(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _array(values: NDArray[Any], oid: int, element: np.dtype[Any]) -> bytes:
    packed = np.empty(values.size, element)
    packed["length"] = 8
    packed["value"] = values.ravel()
    return _field(_array_head(values.shape, oid) + packed.tobytes())


def _array_head(shape: tuple[int, ...], oid: int) -> bytes:
    if 0 in shape:
        return struct.pack(">iii", 0, 0, oid)
    return struct.pack(">iii", len(shape), 0, oid) + b"".join(struct.pack(">ii", size, 1) for size in shape)
