"""A thread that keeps Elasticsearch's index up to date. Of several servers one indexes at a time."""

from __future__ import annotations

import threading
import time

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from operation_server import metrics
from operation_server.db.gate import SchemaGate, SchemaNotReady
from operation_server.search.documents import IndexState, index_state
from operation_server.search.elastic import ElasticClient, SearchDown
from operation_server.search.follow import begin, catch_up, indexing
from passwatch.failures import in_words
from passwatch.health import Check
from passwatch.signals import StopSignal

EVERY_S = 0.5
LOOK_AGAIN_S = 5.0
"""How often Elasticsearch is asked whether it is there, and still has the index."""
log = structlog.get_logger()


class Indexer:
    """Follows the documents' changes. What stands in its way is told by :meth:`check`, and tried again."""

    def __init__(self, engine: Engine, gate: SchemaGate, client: ElasticClient, stop: StopSignal) -> None:
        self._engine, self._gate, self._client, self._stop = engine, gate, client, stop
        self._state: IndexState | None = None
        self._problem: str | None = "Elasticsearch has not been asked yet"
        self._looked = 0.0
        self._thread = threading.Thread(target=self._run, name="index-documents", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._thread.join()

    @property
    def usable(self) -> bool:
        """Whether Elasticsearch may be asked: it answered when it was last looked for, and is in use."""
        return self._problem is None and self._state is not None and self._state.name is not None

    def gave_no_answer(self, error: SearchDown) -> None:
        """A search has failed: ask no more until Elasticsearch was looked for again."""
        self._looked = 0.0
        self._set_problem(str(error))

    def check(self) -> Check:
        """Whether Elasticsearch has followed. Where it was never in use, its absence is nothing to complain of."""
        state, problem = self._state, self._problem
        if state is None or state.name is None:
            said = problem or "is there"
            return Check(ok=True, detail=f"PostgreSQL answers; Elasticsearch is not in use: {said}")
        behind = f"{state.behind} changes behind" if state.behind else "up to date"
        if problem is not None:
            return Check(ok=False, detail=f"PostgreSQL answers; Elasticsearch is {behind}: {problem}")
        return Check(ok=True, detail=f"Elasticsearch is {behind}" + (", PostgreSQL answers" if state.behind else ""))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._gate.require()
                self._step()
            except SearchDown as error:
                self._set_problem(str(error))
            except (SQLAlchemyError, SchemaNotReady, OSError) as error:
                self._set_problem(in_words(error))
            self._stop.wait(EVERY_S if self._problem is None else LOOK_AGAIN_S)

    def _step(self) -> None:
        """Look whether Elasticsearch is there, from time to time, and bring it what is new."""
        state = self._see()
        if time.monotonic() - self._looked >= LOOK_AGAIN_S:
            self._look()
            self._looked = time.monotonic()
            self._set_problem(None)
            state = self._see()
        if state.name is None or state.complete:
            return
        with indexing(self._engine) as connection:
            if connection is not None:
                self._tell(catch_up(connection, self._client, lambda: not self._stop.is_set(), self._tell))

    def _look(self) -> None:
        """See that there is an index; make one if Elasticsearch has come, or has lost it."""
        self._client.health()
        with indexing(self._engine) as connection:
            if connection is None:
                return
            state = index_state(connection)
            connection.commit()
            if state.name is None or not self._client.exists(state.name):
                begun = begin(connection, self._client)
                log.info("search_index_begun", index=begun.name, instead_of=state.name, documents=begun.newest)

    def _see(self) -> IndexState:
        with self._engine.connect() as connection:
            state = index_state(connection)
        self._tell(state)
        return state

    def _tell(self, state: IndexState) -> None:
        self._state = state
        metrics.SEARCH_BEHIND.set(state.behind if state.name else 0)

    def _set_problem(self, problem: str | None) -> None:
        if problem != self._problem:
            log.info("search_index_follows" if problem is None else "search_index_waits", problem=problem)
        self._problem = problem
