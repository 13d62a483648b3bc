"""`batch-progress` into the database: batches that are being received show before they are judged."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from confluent_kafka import Message
from sqlalchemy import Engine

from operation_server import metrics
from operation_server.consume.decode import NotThisType, Rejected, decode
from operation_server.consume.gate import require_schema
from operation_server.store import rejected
from operation_server.store.progress import ProgressRows, rows_of, write_progress
from operation_server.store.rows import UnusableResult
from passwatch.contracts import BatchProgress, PartitionHeartbeat

TOPIC = "batch-progress"
log = structlog.get_logger()


class ProgressHandler:
    """Merges a pollful of progress in one transaction; heartbeats are the trigger's business and passed over."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._schema_seen = False

    def __call__(self, messages: Sequence[Message]) -> None:
        """Merge the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        if not self._schema_seen:
            require_schema(self._engine)
            self._schema_seen = True
        began = time.perf_counter()
        rows: list[ProgressRows] = []
        bad: list[Rejected] = []
        for message in messages:
            try:
                item = decode(message, BatchProgress, (PartitionHeartbeat,))
                if isinstance(item, Rejected):
                    bad.append(item)
                else:
                    rows.append(rows_of(item.value))
            except NotThisType:
                continue
            except UnusableResult as error:
                bad.append(Rejected(item.source, str(error), message.value()))
        metrics.MESSAGES.labels(TOPIC).inc(len(messages))
        if not rows and not bad:
            return
        with self._engine.begin() as connection:
            write_progress(connection, rows)
            rejected.keep(connection, bad)
        metrics.WRITE_SECONDS.labels(TOPIC).observe(time.perf_counter() - began)
        for item in bad:
            metrics.REJECTED.labels(TOPIC).inc()
            log.error("progress_rejected", offset=item.source.offset, reason=item.reason)
        log.info("progress_stored", messages=len(rows), batches=len({r.batch_uid for r in rows}))
