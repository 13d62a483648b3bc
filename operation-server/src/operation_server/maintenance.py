"""Keeps the database in shape: partitions ahead, old data out."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from operation_server import metrics
from operation_server.store.gate import SchemaGate, SchemaNotReady
from operation_server.store.retention import prune
from passwatch.signals import StopSignal

EVERY_S = 3600.0
RETRY_S = 15.0
log = structlog.get_logger()


class Maintenance:
    """A thread that prunes at the start and every hour."""

    def __init__(self, engine: Engine, gate: SchemaGate, series_days: int, live_days: int, stop: StopSignal) -> None:
        self._engine, self._gate, self._stop = engine, gate, stop
        self._series_days, self._live_days = series_days, live_days
        self._thread = threading.Thread(target=self._run, name="maintenance", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            try:
                self._gate.require()
                with self._engine.begin() as connection:
                    dropped, removed = prune(connection, self._series_days, self._live_days)
            except (SQLAlchemyError, SchemaNotReady) as error:
                log.warning("maintenance_waits", problem=str(error).splitlines()[0])
                pause = RETRY_S
            else:
                metrics.PRUNED.labels("series_partitions").inc(len(dropped))
                metrics.PRUNED.labels("live_events").inc(removed)
                log.info("maintained", dropped=dropped, live_events_removed=removed)
                pause = EVERY_S
