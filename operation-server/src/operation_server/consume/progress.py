"""`batch-progress` into the database: batches that are being received show before they are judged."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import Connection, Engine

from operation_server.consume.writing import Writer
from operation_server.db.gate import SchemaGate
from operation_server.results.progress import ProgressRows, rows_of, write_progress
from passwatch.contracts import BatchProgress, PartitionHeartbeat
from passwatch.streaming.handler import Handler
from passwatch.streaming.messages import RawMessage, decode, kind_of, read_headers
from passwatch.topics import PROGRESS

log = structlog.get_logger()


def progress_handler(engine: Engine, gate: SchemaGate) -> Handler[ProgressRows]:
    """Merges progress; heartbeats are the trigger's business and passed over."""
    writer = Writer(engine, gate, PROGRESS)

    def write(items: Sequence[ProgressRows]) -> None:
        writer.write(items, _store)
        log.info("progress_stored", messages=len(items))

    return Handler(_read, write)


def _read(message: RawMessage) -> ProgressRows | None:
    if kind_of(read_headers(message), BatchProgress, PartitionHeartbeat) is PartitionHeartbeat:
        return None
    return rows_of(decode(message, BatchProgress))


def _store(connection: Connection, items: Sequence[ProgressRows]) -> None:
    write_progress(connection, list(items))
