"""What is removed when it is old: series by partition, live events by row."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, func, select, text

from operation_server.db import partitions
from operation_server.db.tables import live_event

LOCK = 7_302_005


def prune(connection: Connection, series_days: int, live_days: int) -> tuple[list[str], int]:
    """Remove what is older than these days; returns the partitions dropped and the number of live events removed.

    The newest live event always stays, so that the sequence's position is known. Verdicts and events stay forever.
    Of several servers one prunes at a time; the others return at once.
    """
    if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}).scalar_one():
        return [], 0
    partitions.ensure_ahead(connection)
    dropped = partitions.drop_older(connection, partitions.today() - timedelta(days=series_days))
    newest = select(func.max(live_event.c.seq)).scalar_subquery()
    old = live_event.c.at < func.clock_timestamp() - func.make_interval(0, 0, 0, live_days)
    removed = connection.execute(delete(live_event).where(old, live_event.c.seq < newest)).rowcount
    return dropped, removed
