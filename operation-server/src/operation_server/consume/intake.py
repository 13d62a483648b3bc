"""The way of a pollful of messages into the database, the same for every topic."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from confluent_kafka import Message
from sqlalchemy import Connection, Engine

from operation_server import metrics
from operation_server.consume.decode import Decoded, Rejected
from operation_server.consume.pollful import store_all_or_each
from operation_server.store import rejected
from operation_server.store.gate import SchemaGate

T = TypeVar("T")
W = TypeVar("W")
Read = Callable[[Message], Decoded[T] | Rejected | None]
"""What is to be stored of a message, or why it cannot be used; None passes it over."""
Refuse = Callable[[Decoded[T], str], None]
Write = Callable[[Connection, Sequence[Decoded[T]], Refuse[T]], W]
"""Stores items in a transaction. One that shows only there that it cannot be used is refused, with the reason."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken(Generic[W]):
    """What became of a pollful: how many messages were not passed over, and what each transaction has stored."""

    messages: int
    written: Sequence[W]
    seconds: float


class Intake:
    """Takes the messages of a topic: all of a pollful in one transaction, or one by one if that is refused.

    A message that cannot be read or stored is kept aside with the reason, logged and counted, and never stops the
    others.
    """

    def __init__(self, engine: Engine, gate: SchemaGate, topic: str, rejected_event: str) -> None:
        """``rejected_event`` is the event of the log line that tells of a message that was kept aside."""
        self._engine, self._gate, self._topic, self._rejected_event = engine, gate, topic, rejected_event

    def take(self, messages: Sequence[Message], read: Read[T], write: Write[T, W]) -> Taken[W]:
        """Store the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        self._gate.require()
        began = time.perf_counter()
        items = [item for message in messages if (item := read(message)) is not None]
        written: list[W] = []
        if items:
            store_all_or_each(items, lambda some: written.append(self._store(some, write)), self._reject)
        seconds = time.perf_counter() - began
        metrics.MESSAGES.labels(self._topic).inc(len(messages))
        if items:
            metrics.WRITE_SECONDS.labels(self._topic).observe(seconds)
        return Taken(len(items), written, seconds)

    def _store(self, items: Sequence[Decoded[T] | Rejected], write: Write[T, W]) -> W:
        bad = [item for item in items if isinstance(item, Rejected)]
        with self._engine.begin() as connection:
            written = write(
                connection,
                [item for item in items if isinstance(item, Decoded)],
                lambda item, reason: bad.append(Rejected(item.source, reason, item.payload)),
            )
            rejected.keep(connection, bad)
        self._tell(bad)
        return written

    def _reject(self, item: Decoded[T] | Rejected, reason: str) -> None:
        bad = [Rejected(item.source, reason, item.payload)]
        with self._engine.begin() as connection:
            rejected.keep(connection, bad)
        self._tell(bad)

    def _tell(self, bad: Sequence[Rejected]) -> None:
        for item in bad:
            metrics.REJECTED.labels(self._topic).inc()
            log.error(
                self._rejected_event,
                topic=item.source.topic,
                partition=item.source.partition,
                offset=item.source.offset,
                reason=item.reason,
            )
