"""How every handler of this service writes: when the schema is there, in one transaction, measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine

from operation_server import metrics
from operation_server.db.gate import SchemaGate, SchemaNotReady
from passwatch.streaming.database import database_faults
from passwatch.streaming.faults import Retry
from passwatch.topics import Topic

T = TypeVar("T")
W = TypeVar("W")


class Writer:
    """Writes what was read of a topic's messages into the database."""

    def __init__(self, engine: Engine, gate: SchemaGate, topic: Topic) -> None:
        self._engine, self._gate, self._topic = engine, gate, topic

    def write(self, items: Sequence[T], store: Callable[[Connection, Sequence[T]], W]) -> tuple[W, float]:
        """What ``store`` returned for the items, and the seconds it took.

        Raises:
            Retry: the database cannot be written now, or is not migrated.
            Reject: it refused what was to be written.
        """
        began = time.perf_counter()
        with database_faults():
            try:
                self._gate.require()
            except SchemaNotReady as error:
                raise Retry(str(error)) from error
            with self._engine.begin() as connection:
                written = store(connection, items)
        seconds = time.perf_counter() - began
        metrics.MESSAGES.labels(self._topic.name).inc(len(items))
        metrics.WRITE_SECONDS.labels(self._topic.name).observe(seconds)
        return written, seconds
