"""Tells the workers what to judge by: every activation onto the compacted topic, in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from confluent_kafka import KafkaException, Producer
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from operation_server.calibrations.shipped import import_shipped
from operation_server.store import calibrations
from operation_server.store.calibrations import Active
from operation_server.store.gate import SchemaGate, SchemaNotReady
from passwatch import headers
from passwatch.contracts import ActiveCalibration
from passwatch.health import Check
from passwatch.kafka import make_producer
from passwatch.signals import StopSignal

EVERY_S = 2.0
DELIVERY_TIMEOUT_MS = 8_000
FLUSH_S = 10.0
log = structlog.get_logger()


class NotPublished(Exception):
    """Kafka has not confirmed what is in force; it is told again."""


class CalibrationPublisher:
    """A thread that imports the shipped calibrations once, and publishes what is in force whenever it changes.

    It publishes everything at its start, so that a topic that was lost is whole again. Servers publish one after the
    other, each what is in force at that moment, so the newest message of a scope is never an old one.
    """

    def __init__(
        self,
        engine: Engine,
        gate: SchemaGate,
        bootstrap: str,
        topic: str,
        shipped: list[dict[str, Any]],
        published: Callable[[], None],
        stop: StopSignal,
    ) -> None:
        """``published`` is called after every round in which Kafka has confirmed something."""
        self._engine, self._gate, self._bootstrap, self._topic = engine, gate, bootstrap, topic
        self._shipped, self._published, self._stop = shipped, published, stop
        self._begun = False
        self._producer: Producer | None = None
        self._problem: str | None = "has not begun yet"
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publish-calibrations", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look for changes now."""
        self._wake.set()

    def join(self) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._wake.set()
        self._thread.join()

    def check(self) -> Check:
        """Whether the workers have been told what is in force."""
        return Check(ok=self._problem is None, detail=self._problem or "the workers know what is in force")

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                if self._round():
                    self._published()
                self._problem = None
            except (SQLAlchemyError, SchemaNotReady, KafkaException, NotPublished, BufferError) as error:
                self._problem = f"calibrations wait: {type(error).__name__}: {str(error).splitlines()[0]}"
                log.warning("calibrations_wait", problem=self._problem)
            self._wake.wait(EVERY_S)

    def _round(self) -> bool:
        """Publish what is due; whether there was anything."""
        if not self._begun:
            self._gate.require()
            with self._engine.begin() as connection:
                calibrations.lock(connection)
                import_shipped(connection, self._shipped)
        else:
            with self._engine.connect() as connection:
                if not calibrations.has_unpublished(connection):
                    return False
        with self._engine.begin() as connection:
            calibrations.lock(connection)
            due = [active for active in calibrations.in_force(connection) if not (self._begun and active.published)]
            self._publish(connection, due)
            calibrations.mark_published(connection, [active.sequence for active in due])
        self._begun = True
        return True

    def _publish(self, connection: Connection, due: list[Active]) -> None:
        failures: list[str] = []
        producer = self._producer or make_producer(self._bootstrap, delivery_timeout_ms=DELIVERY_TIMEOUT_MS)
        self._producer = None  # one that failed is not used again
        for active in due:
            message = _message(connection, active)
            producer.produce(
                self._topic,
                msgspec.json.encode(message),
                key=message.key,
                headers=list(headers.make(ActiveCalibration)),
                on_delivery=lambda error, _message: failures.append(error.str()) if error else None,
            )
        if producer.flush(FLUSH_S) or failures:
            raise NotPublished(failures[0] if failures else "no confirmation from Kafka")
        self._producer = producer
        for active in due:
            log.info(
                "calibration_published",
                mission=active.scope.mission,
                satellite_id=active.scope.satellite_id,
                revision=active.revision,
            )


def _message(connection: Connection, active: Active) -> ActiveCalibration:
    row = calibrations.find(connection, active.revision) if active.revision else None
    return ActiveCalibration(
        mission=active.scope.mission,
        satellite_id=active.scope.satellite_id,
        revision=active.revision,
        calibration=row["content"] if row else None,
    )
