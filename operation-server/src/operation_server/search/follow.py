"""Keeps Elasticsearch's index where the table of documents is: one step of it, safe to repeat and to break off."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from operation_server.search import documents
from operation_server.search.documents import IndexState
from operation_server.search.elastic import ElasticClient

LOCK = 7_302_006
"""Held by the one process that indexes now."""
AT_ONCE = 500
Tell = Callable[[IndexState], None]


@contextmanager
def indexing(engine: Engine, *, wait: bool = False) -> Iterator[Connection | None]:
    """A connection for the one that indexes; None if another process does, unless it is to be waited for."""
    take = "SELECT pg_advisory_lock(:lock) IS NOT NULL" if wait else "SELECT pg_try_advisory_lock(:lock)"
    with engine.connect() as connection:
        mine = connection.execute(text(take), {"lock": LOCK}).scalar_one()
        connection.commit()
        if not mine:
            yield None
            return
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


def begin(connection: Connection, client: ElasticClient) -> IndexState:
    """Make a new, empty index, and follow it from now on.

    Raises:
        SearchDown: Elasticsearch did not make it; nothing has changed.
    """
    name = f"passwatch-results-{uuid.uuid4().hex[:12]}"
    client.create(name)
    documents.begin_index(connection, name)
    connection.commit()
    return documents.index_state(connection)


def catch_up(
    connection: Connection, client: ElasticClient, goes_on: Callable[[], bool], tell: Tell = lambda _state: None
) -> IndexState:
    """Index what has changed, a portion at a time, until nothing has or ``goes_on`` says no.

    The position is stored when Elasticsearch has a portion on disk and shows it: a crash between the two indexes the
    portion again, which changes nothing.

    Raises:
        SearchDown: Elasticsearch did not take a portion; what it took before stays.
    """
    state = documents.index_state(connection)
    while state.name is not None and not state.complete and goes_on():
        rows = documents.changed(connection, state.position, AT_ONCE)
        connection.commit()
        client.put(state.name, rows)
        documents.advance_index(connection, state.name, rows[-1]["change"])
        connection.commit()
        state = documents.index_state(connection)
        tell(state)
    connection.commit()
    return state
