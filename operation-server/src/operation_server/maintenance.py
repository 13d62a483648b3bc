"""Keeps the database in shape: partitions ahead, old data out."""

from __future__ import annotations

import structlog
from sqlalchemy import Engine

from operation_server import metrics
from operation_server.db.gate import SchemaGate
from operation_server.db.retention import prune

log = structlog.get_logger()


class Maintenance:
    """Prunes series and live events that are older than these days."""

    def __init__(self, engine: Engine, gate: SchemaGate, series_days: int, live_days: int) -> None:
        self._engine, self._gate = engine, gate
        self._series_days, self._live_days = series_days, live_days

    def step(self) -> None:
        """Make the partitions that are needed soon, and remove what is old.

        Raises:
            SchemaNotReady, sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be used now.
        """
        self._gate.require()
        with self._engine.begin() as connection:
            dropped, removed = prune(connection, self._series_days, self._live_days)
        metrics.PRUNED.labels("series_partitions").inc(len(dropped))
        metrics.PRUNED.labels("live_events").inc(removed)
        log.info("maintained", dropped=dropped, live_events_removed=removed)
