"""Batches out of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, tuple_

from operation_server.db.rows import Row
from operation_server.db.tables import batch, judgement, judgement_channel, revision
from operation_server.events import queries as events
from operation_server.judgements.provenance import JUDGED
from operation_server.web.paging import Position

MAX_OVERLAPS = 100


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which batches; None takes all. ``start`` and ``end`` select batches with a record in the span."""

    satellite_id: str | None = None
    mission: str | None = None
    verdict: str | None = None
    status: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchRows:
    """Everything that is known of a batch; judgements and events by revision, channels of the current one."""

    batch: Row
    revisions: Sequence[Row]
    judgements: Mapping[int, Sequence[Row]]
    events: Mapping[int, Sequence[Row]]
    channels: Sequence[Row]
    overlaps: Sequence[Row]


def page(
    connection: Connection, wanted: BatchFilter, position: Position | None, limit: int
) -> list[tuple[Position, Row]]:
    """Batches that match, each with its position in the list: those heard of last first."""
    b = batch.c
    statement = select(batch)
    for name in ("satellite_id", "mission", "verdict", "status"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(b[name] == value)
    if wanted.start is not None:
        statement = statement.where(b.last_time >= wanted.start)
    if wanted.end is not None:
        statement = statement.where(b.first_time <= wanted.end)
    if position is not None:
        statement = statement.where(tuple_(b.heard_at, b.batch_uid) < tuple_(position.at, position.id))
    rows = connection.execute(statement.order_by(b.heard_at.desc(), b.batch_uid.desc()).limit(limit)).mappings()
    return [(Position(row["heard_at"], row["batch_uid"]), row) for row in rows]


def uids_of(connection: Connection, batch_id: str) -> list[str]:
    """The batches that ground stations gave this id, of any satellite."""
    return list(connection.scalars(select(batch.c.batch_uid).where(batch.c.batch_id == batch_id).limit(10)))


def detail(connection: Connection, batch_uid: str) -> BatchRows | None:
    """A batch with all its revisions and the evidence of the current one; None if there is no such batch."""
    row = connection.execute(select(batch).where(batch.c.batch_uid == batch_uid)).mappings().first()
    if row is None:
        return None
    judgements = _judgements(connection, batch_uid)
    of_batch = select(revision).where(revision.c.batch_uid == batch_uid).order_by(revision.c.revision)
    return BatchRows(
        batch=row,
        revisions=list(connection.execute(of_batch).mappings()),
        judgements=judgements,
        events=events.of_batch(connection, batch_uid),
        channels=channels_of(connection, [j["judgement_id"] for j in judgements.get(row["revision"], [])]),
        overlaps=_overlaps(connection, row),
    )


def _overlaps(connection: Connection, row: Row) -> list[Row]:
    """The other batches of the same stream with records from the same span of time, the earliest heard of first."""
    b = batch.c
    statement = (
        select(b.batch_uid, b.batch_id, b.verdict, b.first_time, b.last_time)
        .where(
            b.satellite_id == row["satellite_id"],
            b.mission == row["mission"],
            b.stream == row["stream"],
            b.batch_uid != row["batch_uid"],
            b.first_time <= row["last_time"],
            b.last_time >= row["first_time"],
        )
        .order_by(b.heard_at, b.batch_uid)
        .limit(MAX_OVERLAPS)
    )
    return list(connection.execute(statement).mappings())


def ranges_of_current(connection: Connection, batch_uid: str) -> Mapping[str, Any] | None:
    """Satellite, mission, and the current revision with its ranges; None if the batch has no verdict yet."""
    columns = (
        batch.c.satellite_id,
        batch.c.mission,
        batch.c.batch_id,
        batch.c.received_records,
        batch.c.stream,
        revision,
    )
    is_current = and_(revision.c.batch_uid == batch.c.batch_uid, revision.c.revision == batch.c.revision)
    row = connection.execute(
        select(*columns).select_from(batch).outerjoin(revision, is_current).where(batch.c.batch_uid == batch_uid)
    )
    found = row.mappings().first()
    return dict(found) if found else None


def channels_of(connection: Connection, judgement_ids: Sequence[str]) -> list[Row]:
    """The channels of these judgements, by name."""
    statement = (
        select(judgement_channel, judgement.c.subsystem, judgement.c.mission)
        .join(judgement, judgement.c.judgement_id == judgement_channel.c.judgement_id)
        .where(judgement.c.judgement_id.in_(judgement_ids))
        .order_by(judgement_channel.c.channel)
    )
    return list(connection.execute(statement).mappings())


def _judgements(connection: Connection, batch_uid: str) -> dict[int, list[Row]]:
    rows = connection.execute(
        JUDGED.where(judgement.c.batch_uid == batch_uid, judgement.c.job_id.is_(None)).order_by(
            func.lower(judgement.c.subsystem)
        )
    ).mappings()
    of_revision: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        of_revision[row["revision"]].append(row)
    return dict(of_revision)
