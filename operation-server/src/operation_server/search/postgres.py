"""Search by PostgreSQL's full text."""

from __future__ import annotations

from sqlalchemy import Engine, and_, func, or_, select, tuple_

from operation_server.paging import Position
from operation_server.schemas.search import SearchHit
from operation_server.search.index import SearchQuery
from operation_server.store.rows import search_words
from operation_server.store.tables import batch, search_document

d = search_document.c
EQUAL = ("kind", "satellite_id", "mission", "subsystem", "channel", "verdict", "severity")


class PostgresIndex:
    """Searches the documents that the verdicts' own transactions wrote."""

    name = "postgresql"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, query: SearchQuery, position: Position | None, limit: int) -> list[SearchHit]:
        """At most ``limit`` matches after ``position``: the newest first, by time and id."""
        is_current = and_(batch.c.batch_uid == d.batch_uid, batch.c.revision == d.revision)
        statement = (
            select(search_document)
            .outerjoin(batch, is_current)
            .where(or_(d.job_id.is_not(None), batch.c.batch_uid.is_not(None)))
        )
        if query.text:
            statement = statement.where(d.words.op("@@")(func.websearch_to_tsquery("simple", search_words(query.text))))
        for name in EQUAL:
            value = getattr(query, name)
            if value is not None:
                statement = statement.where(d[name] == value)
        if query.start is not None:
            statement = statement.where(d.at >= query.start)
        if query.end is not None:
            statement = statement.where(d.at <= query.end)
        if position is not None:
            statement = statement.where(tuple_(d.at, d.id) < tuple_(position.at, position.id))
        statement = statement.order_by(d.at.desc(), d.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [
                SearchHit(**{n: row[n] for n in _DIRECT}, time=row["at"], text=row["body"])
                for row in connection.execute(statement).mappings()
            ]


_DIRECT = [n for n in SearchHit.model_fields if n not in ("time", "text")]
