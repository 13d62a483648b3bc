"""Anomaly events out of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, select, tuple_

from operation_server.db.rows import Row
from operation_server.db.tables import batch, event
from operation_server.web.paging import Position


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; None takes all. ``start`` and ``end`` select events that touch the span."""

    satellite_id: str | None = None
    mission: str | None = None
    subsystem: str | None = None
    channel: str | None = None
    severity: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def current(connection: Connection, wanted: EventFilter) -> list[Row]:
    """The events of the current revisions that match, the earliest start first."""
    statement = _current(wanted).order_by(event.c.start_time, event.c.event_id)
    return list(connection.execute(statement).mappings())


def current_page(connection: Connection, wanted: EventFilter, position: Position | None, limit: int) -> list[Row]:
    """The events of the current revisions that match, the latest start first, from ``position`` on."""
    statement = _current(wanted).order_by(event.c.start_time.desc(), event.c.event_id.desc()).limit(limit)
    if position is not None:
        statement = statement.where(tuple_(event.c.start_time, event.c.event_id) < tuple_(position.at, position.id))
    return list(connection.execute(statement).mappings())


def of_batch(connection: Connection, batch_uid: str) -> dict[int, list[Row]]:
    """The events of all revisions of a batch, by revision, the earliest start first."""
    statement = select(event).where(event.c.batch_uid == batch_uid, event.c.job_id.is_(None))
    found: dict[int, list[Row]] = {}
    for row in connection.execute(statement.order_by(event.c.start_time, event.c.event_id)).mappings():
        found.setdefault(row["revision"], []).append(row)
    return found


def of_judgements(connection: Connection, judgement_ids: Sequence[str]) -> list[Row]:
    """The events of these judgements, the earliest start first."""
    statement = select(event).where(event.c.judgement_id.in_(judgement_ids))
    return list(connection.execute(statement.order_by(event.c.start_time, event.c.event_id)).mappings())


def _current(wanted: EventFilter) -> Select[tuple[object, ...]]:
    e = event.c
    conditions: list[ColumnElement[bool]] = [e.job_id.is_(None)]
    for name in ("satellite_id", "mission", "subsystem", "channel", "severity"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(e[name] == value)
    if wanted.start is not None:
        conditions.append(e.end_time >= wanted.start)
    if wanted.end is not None:
        conditions.append(e.start_time <= wanted.end)
    is_current = and_(batch.c.batch_uid == e.batch_uid, batch.c.revision == e.revision)
    return select(event).join(batch, is_current).where(*conditions)
