"""Search by PostgreSQL's full text."""

from __future__ import annotations

from sqlalchemy import Connection, cast, select, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY

from operation_server.db.tables import search_document
from operation_server.search.index import SearchQuery, hit
from operation_server.search.question import Group, Term, understand
from operation_server.search.schemas import SearchHit
from operation_server.web.paging import Position

NAME = "postgresql"
d = search_document.c
_COLUMNS = [column for column in d if column.name not in ("words", "places")]


def find(connection: Connection, query: SearchQuery, position: Position | None, limit: int) -> list[SearchHit]:
    """At most ``limit`` matches after ``position``: the newest first, by time and id."""
    statement = select(*_COLUMNS).where(d.shown)
    if query.text is not None:
        groups = understand(query.text)
        if not groups:
            return []
        statement = statement.where(d.places.op("@@")(cast(tsquery(groups), TSQUERY)))
    for name, value in query.filters().items():
        statement = statement.where(d[name] == value)
    if query.start is not None:
        statement = statement.where(d.at >= query.start)
    if query.end is not None:
        statement = statement.where(d.at <= query.end)
    if position is not None:
        statement = statement.where(tuple_(d.at, d.id) < tuple_(position.at, position.id))
    statement = statement.order_by(d.at.desc(), d.id.desc()).limit(limit)
    return [hit(row) for row in connection.execute(statement).mappings()]


def tsquery(groups: tuple[Group, ...]) -> str:
    """The question as PostgreSQL spells it. Words are letters and digits alone, so nothing needs escaping.

    >>> tsquery(understand("battery_temp -noise or gyro"))
    "('battery' <-> 'temp') & !('noise') | ('gyro')"
    """
    return " | ".join(" & ".join(_term(term) for term in group) for group in groups)


def _term(term: Term) -> str:
    return ("!" if term.excluded else "") + "(" + " <-> ".join(f"'{word}'" for word in term.words) + ")"
