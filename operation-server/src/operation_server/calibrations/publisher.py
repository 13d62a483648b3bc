"""Tells the workers what to judge by: every activation onto the compacted topic, in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from confluent_kafka import Producer
from sqlalchemy import Connection, Engine

from operation_server.calibrations import queries as calibrations
from operation_server.calibrations.queries import Active
from operation_server.calibrations.shipped import import_shipped
from operation_server.db.gate import SchemaGate
from passwatch import headers
from passwatch.contracts import ActiveCalibration
from passwatch.kafka import make_producer

DELIVERY_TIMEOUT_MS = 8_000
FLUSH_S = 10.0
log = structlog.get_logger()


class NotPublished(Exception):
    """Kafka has not confirmed what is in force; it is told again."""


class CalibrationPublisher:
    """Imports the shipped calibrations once, and publishes what is in force whenever it has changed.

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
    ) -> None:
        """``published`` is called after every round in which Kafka has confirmed something."""
        self._engine, self._gate, self._bootstrap, self._topic = engine, gate, bootstrap, topic
        self._shipped, self._published = shipped, published
        self._begun = False
        self._producer: Producer | None = None

    def step(self) -> None:
        """Publish what is due.

        Raises:
            SchemaNotReady, sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be used now.
            NotPublished, confluent_kafka.KafkaException, BufferError: Kafka has not confirmed everything.
        """
        if not self._begun:
            self._gate.require()
            with self._engine.begin() as connection:
                calibrations.lock(connection)
                import_shipped(connection, self._shipped)
        else:
            with self._engine.connect() as connection:
                if not calibrations.has_unpublished(connection):
                    return
        with self._engine.begin() as connection:
            calibrations.lock(connection)
            due = [active for active in calibrations.in_force(connection) if not (self._begun and active.published)]
            self._send(connection, due)
            calibrations.mark_published(connection, [active.sequence for active in due])
        self._begun = True
        self._published()

    def _send(self, connection: Connection, due: list[Active]) -> None:
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
