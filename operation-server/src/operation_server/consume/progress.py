"""`batch-progress` into the database: batches that are being received show before they are judged."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import structlog
from confluent_kafka import Message
from sqlalchemy import Engine

from operation_server import metrics
from operation_server.consume.decode import NotThisType, Rejected, Source, decode
from operation_server.consume.pollful import store_all_or_each
from operation_server.store import rejected
from operation_server.store.gate import SchemaGate
from operation_server.store.progress import ProgressRows, rows_of, write_progress
from operation_server.store.rows import UnusableResult
from passwatch.contracts import BatchProgress, PartitionHeartbeat
from passwatch.topics import PROGRESS

TOPIC = PROGRESS.name
log = structlog.get_logger()


class ProgressHandler:
    """Merges a pollful of progress in one transaction; heartbeats are the trigger's business and passed over."""

    def __init__(self, engine: Engine, gate: SchemaGate) -> None:
        self._engine, self._gate = engine, gate

    def __call__(self, messages: Sequence[Message]) -> None:
        """Merge the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        self._gate.require()
        began = time.perf_counter()
        items = [item for message in messages if (item := _item(message)) is not None]
        metrics.MESSAGES.labels(TOPIC).inc(len(messages))
        if not items:
            return
        store_all_or_each(items, self._store, self._reject)
        metrics.WRITE_SECONDS.labels(TOPIC).observe(time.perf_counter() - began)
        log.info("progress_stored", messages=len(items))

    def _store(self, items: Sequence[Item]) -> None:
        bad = [item for item in items if isinstance(item, Rejected)]
        with self._engine.begin() as connection:
            write_progress(connection, [item.value for item in items if not isinstance(item, Rejected)])
            rejected.keep(connection, bad)
        for item in bad:
            _tell(item)

    def _reject(self, item: Item, reason: str) -> None:
        payload = item.payload if isinstance(item, Rejected) else msgspec.json.encode(item.value.progress)
        bad = Rejected(item.source, reason, payload)
        with self._engine.begin() as connection:
            rejected.keep(connection, [bad])
        _tell(bad)


@dataclass(frozen=True, slots=True)
class Usable:
    """Progress that can be merged, and where it came from."""

    value: ProgressRows
    source: Source


Item = Usable | Rejected


def _item(message: Message) -> Item | None:
    try:
        found = decode(message, BatchProgress, (PartitionHeartbeat,))
    except NotThisType:
        return None
    if isinstance(found, Rejected):
        return found
    try:
        return Usable(rows_of(found.value), found.source)
    except UnusableResult as error:
        return Rejected(found.source, str(error), message.value())


def _tell(item: Rejected) -> None:
    metrics.REJECTED.labels(TOPIC).inc()
    log.error("progress_rejected", partition=item.source.partition, offset=item.source.offset, reason=item.reason)
