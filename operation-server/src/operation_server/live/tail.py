"""Reads the live events of all servers from PostgreSQL, woken by NOTIFY, and hands them to the hub."""

from __future__ import annotations

import asyncio
import select
import threading
from contextlib import closing
from typing import Any

import structlog
from sqlalchemy import Engine

from operation_server import metrics
from operation_server.db.gate import SchemaGate
from operation_server.live import queries as live
from operation_server.live.hub import READ, LiveHub
from passwatch.failures import in_words
from passwatch.health import Check
from passwatch.signals import StopSignal

WAIT_S = 1.0
"""A notification that was lost with its connection delays an event by at most this."""
BACK_OFF_S = 1.0
log = structlog.get_logger()


class LiveTail:
    """A thread that follows the event sequence for this process's hub."""

    def __init__(
        self, engine: Engine, gate: SchemaGate, hub: LiveHub, loop: asyncio.AbstractEventLoop, stop: StopSignal
    ) -> None:
        self._engine, self._gate, self._hub, self._loop, self._stop = engine, gate, hub, loop, stop
        self._position: int | None = None
        self._problem: str | None = "has not read the event sequence yet"
        self._thread = threading.Thread(target=self._run, name="live-tail", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._thread.join()

    def check(self) -> Check:
        """Whether it follows."""
        return Check(ok=self._problem is None, detail=self._problem or f"at event {self._position}")

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._session()
            except Exception as error:
                self._problem = in_words(error)
                log.warning("live_tail_restarts", problem=self._problem)
                self._stop.wait(BACK_OFF_S)

    def _session(self) -> None:
        self._gate.require()
        with closing(self._engine.raw_connection()) as pooled:
            pooled.detach()
            connection: Any = pooled.dbapi_connection
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {live.CHANNEL}")
            self._read()
            self._problem = None
            while not self._stop.is_set():
                select.select([connection], [], [], WAIT_S)
                connection.poll()
                connection.notifies.clear()
                self._read()

    def _read(self) -> None:
        """Hand on what is new. It runs after LISTEN, so nothing falls between the two."""
        while not self._stop.is_set():
            with self._engine.connect() as connection:
                if self._position is None:
                    self._position = live.kept(connection)[1]
                    self._loop.call_soon_threadsafe(self._hub.begin, self._position)
                events = live.after(connection, self._position, READ)
            if not events:
                return
            self._position = events[-1].seq
            metrics.LIVE_EVENTS.inc(len(events))
            self._loop.call_soon_threadsafe(self._hub.publish, events)
