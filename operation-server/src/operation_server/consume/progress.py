"""`batch-progress` into the database: batches that are being received show before they are judged."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from confluent_kafka import Message
from sqlalchemy import Connection, Engine

from operation_server.consume.decode import Decoded, Rejected, decode
from operation_server.consume.intake import Intake, Refuse
from operation_server.store.gate import SchemaGate
from operation_server.store.progress import ProgressRows, rows_of, write_progress
from operation_server.store.rows import UnusableResult
from passwatch.contracts import BatchProgress, PartitionHeartbeat
from passwatch.topics import PROGRESS

log = structlog.get_logger()


class ProgressHandler:
    """Merges a pollful of progress; heartbeats are the trigger's business and passed over."""

    def __init__(self, engine: Engine, gate: SchemaGate) -> None:
        self._intake = Intake(engine, gate, PROGRESS.name, "progress_rejected")

    def __call__(self, messages: Sequence[Message]) -> None:
        """Merge the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        taken = self._intake.take(messages, _read, _write)
        if taken.messages:
            log.info("progress_stored", messages=taken.messages)


def _read(message: Message) -> Decoded[ProgressRows] | Rejected | None:
    found = decode(message, BatchProgress, passed_over=(PartitionHeartbeat,))
    if not isinstance(found, Decoded):
        return found
    try:
        return Decoded(rows_of(found.value), found.source, found.payload)
    except UnusableResult as error:
        return Rejected(found.source, str(error), found.payload)


def _write(connection: Connection, items: Sequence[Decoded[ProgressRows]], _refuse: Refuse[ProgressRows]) -> None:
    write_progress(connection, [item.value for item in items])
