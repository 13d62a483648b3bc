"""Which engine answers: Elasticsearch while it has everything that PostgreSQL has, otherwise PostgreSQL.

So the answer is the same whichever gave it, and as new, and a page that one gave is continued by the other.
"""

from __future__ import annotations

from sqlalchemy import Engine

from operation_server import metrics
from operation_server.search import elastic, postgres
from operation_server.search.documents import index_state
from operation_server.search.elastic import ElasticClient, SearchDown
from operation_server.search.index import Found, SearchQuery
from operation_server.search.indexer import Indexer
from operation_server.web.paging import Position


class PostgresOnly:
    """Searches where no Elasticsearch is set."""

    name = postgres.NAME

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, query: SearchQuery, position: Position | None, limit: int) -> Found:
        """At most ``limit`` matches after ``position``: the newest first, by time and id."""
        with self._engine.connect() as connection:
            hits = postgres.find(connection, query, position, limit)
        metrics.SEARCHES.labels(postgres.NAME).inc()
        return Found(postgres.NAME, hits)


class WithElastic:
    """Searches where an Elasticsearch may be."""

    def __init__(self, engine: Engine, client: ElasticClient, indexer: Indexer) -> None:
        self._engine, self._client, self._indexer = engine, client, indexer
        self._postgres = PostgresOnly(engine)

    @property
    def name(self) -> str:
        """The engine that answers when it is up to date."""
        return elastic.NAME if self._indexer.usable else postgres.NAME

    def find(self, query: SearchQuery, position: Position | None, limit: int) -> Found:
        """At most ``limit`` matches after ``position``: the newest first, by time and id."""
        index = self._index()
        if index is None:
            return self._postgres.find(query, position, limit)
        try:
            hits = self._client.find(index, query, position, limit)
        except SearchDown as error:
            self._indexer.gave_no_answer(error)
            return self._postgres.find(query, position, limit)
        metrics.SEARCHES.labels(elastic.NAME).inc()
        return Found(elastic.NAME, hits)

    def _index(self) -> str | None:
        """The index that has everything; None if there is none now."""
        if not self._indexer.usable:
            return None
        with self._engine.connect() as connection:
            state = index_state(connection)
        return state.name if state.complete else None
