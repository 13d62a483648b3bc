"""The live events: a sequence whose numbers rise in the order of commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, text

from operation_server.db.tables import live_event

LOCK = 7_302_002
"""Held from before a number is drawn until the commit: without it, a reader that has seen event 8 could miss a 7 that
commits later."""
CHANNEL = "passwatch_live"


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """An event as it is sent: its number, its kind (batch, verdict, anomaly, alarm) and its data as JSON."""

    seq: int
    kind: str
    data: str


def lock(connection: Connection) -> None:
    """Be the only transaction that writes live events, until it ends. Take it as late as possible."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def append(connection: Connection, events: Sequence[tuple[str, str]]) -> None:
    """Write events (kind, and data as JSON), in this order, and wake those who listen at the commit.

    Needs :func:`lock`.
    """
    if not events:
        return
    rows = [{"kind": kind, "data": data} for kind, data in events]
    connection.execute(insert(live_event), rows)
    connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


def after(connection: Connection, seq: int, limit: int) -> list[LiveEvent]:
    """The events that follow number ``seq``, at most ``limit``."""
    columns = (live_event.c.seq, live_event.c.kind, live_event.c.data)
    rows = connection.execute(select(*columns).where(live_event.c.seq > seq).order_by(live_event.c.seq).limit(limit))
    return [LiveEvent(*row) for row in rows]


def kept(connection: Connection) -> tuple[int, int]:
    """The numbers of the oldest and the newest event that are kept; (1, 0) if there are none."""
    row = connection.execute(select(func.min(live_event.c.seq), func.max(live_event.c.seq))).one()
    return (1, 0) if row[0] is None else (row[0], row[1])
