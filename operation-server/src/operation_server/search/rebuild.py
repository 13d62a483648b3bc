"""Builds Elasticsearch's index anew from the table of documents. Meanwhile PostgreSQL answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Engine

from operation_server.search.documents import IndexState, index_state
from operation_server.search.elastic import ElasticClient
from operation_server.search.follow import Tell, begin, catch_up, indexing

LOOK_EVERY_S = 0.2


def rebuild(
    engine: Engine, client: ElasticClient, tell: Tell, goes_on: Callable[[], bool] = lambda: True
) -> IndexState:
    """Make a new index, fill it, and remove the former one; returns how far it is.

    Servers that run help to fill it: who holds the lock indexes, the other one looks on.

    Raises:
        SearchDown: Elasticsearch does not answer; servers go on filling the new index when it does.
    """
    with indexing(engine, wait=True) as connection:
        assert connection is not None  # noqa: S101 - it was waited for
        former = index_state(connection).name
        connection.commit()
        state = begin(connection, client)
    while not state.complete and goes_on():
        with indexing(engine) as connection:
            if connection is not None:
                state = catch_up(connection, client, goes_on, tell)
                continue
        time.sleep(LOOK_EVERY_S)
        with engine.connect() as looking:
            state = index_state(looking)
        tell(state)
    if former is not None:
        client.drop(former)
    return state
