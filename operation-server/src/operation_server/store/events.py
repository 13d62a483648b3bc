"""Anomaly events out of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, select, tuple_

from operation_server.paging import Position
from operation_server.schemas.batches import EventItem
from operation_server.store.summaries import Missions, event_item
from operation_server.store.tables import batch, event


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


def current(connection: Connection, wanted: EventFilter, missions: Missions) -> list[EventItem]:
    """The events of the current revisions that match, the earliest start first."""
    statement = _current(wanted).order_by(event.c.start_time, event.c.event_id)
    return [event_item(row, missions) for row in connection.execute(statement).mappings()]


def current_page(
    connection: Connection, wanted: EventFilter, position: Position | None, limit: int, missions: Missions
) -> list[EventItem]:
    """The events of the current revisions that match, the latest start first, from ``position`` on."""
    statement = _current(wanted).order_by(event.c.start_time.desc(), event.c.event_id.desc()).limit(limit)
    if position is not None:
        statement = statement.where(tuple_(event.c.start_time, event.c.event_id) < tuple_(position.at, position.id))
    return [event_item(row, missions) for row in connection.execute(statement).mappings()]


def of_batch(connection: Connection, batch_uid: str, missions: Missions) -> dict[int, list[EventItem]]:
    """The events of all revisions of a batch, by revision, the earliest start first."""
    statement = select(event).where(event.c.batch_uid == batch_uid, event.c.job_id.is_(None))
    found: dict[int, list[EventItem]] = {}
    for row in connection.execute(statement.order_by(event.c.start_time, event.c.event_id)).mappings():
        found.setdefault(row["revision"], []).append(event_item(row, missions))
    return found


def of_judgements(connection: Connection, judgement_ids: Sequence[str], missions: Missions) -> list[EventItem]:
    """The events of these judgements, the earliest start first."""
    statement = select(event).where(event.c.judgement_id.in_(judgement_ids))
    rows = connection.execute(statement.order_by(event.c.start_time, event.c.event_id)).mappings()
    return [event_item(row, missions) for row in rows]


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
