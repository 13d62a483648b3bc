"""Calibrations in the database: what there is, what is in force, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import aliased

from operation_server.db.calibration_tables import calibration, calibration_activation, calibration_fit
from operation_server.db.rows import Row
from operation_server.db.tables import batch, event
from operation_server.web.paging import Position
from passwatch.contracts import CalibrationFit

c, a, f = calibration.c, calibration_activation.c, calibration_fit.c
LOCK = 7_302_011
"""The advisory lock under which what is in force is changed, published and served."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a calibration is for: a mission, or one of its satellites."""

    mission: str
    satellite_id: str | None


@dataclass(frozen=True, slots=True)
class Active:
    """What is in force for a scope; without a revision nothing of its own."""

    sequence: int
    scope: Scope
    revision: str | None
    models: Mapping[str, str]
    origin: str | None
    published: bool


@dataclass(frozen=True, slots=True)
class NewFit:
    """A calibration as it is asked for; ``task`` is the payload for the task queue."""

    fit_id: str
    mission: str
    satellite_id: str | None
    first_time: datetime
    last_time: datetime
    activate: bool
    events: int
    task: dict[str, Any]


def lock(connection: Connection) -> None:
    """Hold the lock until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def put(
    connection: Connection,
    content: Mapping[str, Any],
    satellite_id: str | None,
    origin: str,
    span: tuple[datetime, datetime] | None = None,
) -> str:
    """Store the content of a calibration file, unless it is there; its revision."""
    row = {
        "revision": content["revision"],
        "mission": content["mission"],
        "satellite_id": satellite_id,
        "origin": origin,
        "source": content["source"],
        "models": content["models"],
        "channels": len(content["channels"]),
        "content": content,
        "first_time": span[0] if span else None,
        "last_time": span[1] if span else None,
    }
    connection.execute(insert(calibration).values(row).on_conflict_do_nothing())
    return str(row["revision"])


def find(connection: Connection, revision: str) -> Row | None:
    """The row of this revision, content included."""
    return connection.execute(select(calibration).where(c.revision == revision)).mappings().first()


def page(
    connection: Connection, mission: str | None, satellite_id: str | None, position: Position | None, limit: int
) -> list[tuple[Position, Row]]:
    """Calibrations that match, without content, the newest first; each with its position in the list."""
    statement: Select[Any] = select(*[column for column in c if column.name != "content"])
    if mission is not None:
        statement = statement.where(c.mission == mission)
    if satellite_id is not None:
        statement = statement.where(c.satellite_id == satellite_id)
    if position is not None:
        statement = statement.where(tuple_(c.created_at, c.revision) < tuple_(position.at, position.id))
    rows = connection.execute(statement.order_by(c.created_at.desc(), c.revision.desc()).limit(limit)).mappings()
    return [(Position(row["created_at"], row["revision"]), row) for row in rows]


def newest_of(connection: Connection, scope: Scope, models: Mapping[str, str]) -> str | None:
    """The newest revision for this scope that was fitted with these versions."""
    statement = select(c.revision).where(
        c.mission == scope.mission, _same(c.satellite_id, scope.satellite_id), c.models == dict(models)
    )
    found: str | None = connection.execute(statement.order_by(c.created_at.desc()).limit(1)).scalar()
    return found


def in_force(connection: Connection) -> list[Active]:
    """The latest activation of every scope."""
    latest = aliased(
        select(calibration_activation)
        .ext(distinct_on(a.mission, a.satellite_id))
        .order_by(a.mission, a.satellite_id, a.sequence.desc())
        .subquery()
    )
    joined = select(latest, c.models, c.origin).join(calibration, c.revision == latest.c.revision, isouter=True)
    return [
        Active(
            row["sequence"],
            Scope(row["mission"], row["satellite_id"]),
            row["revision"],
            row["models"] or {},
            row["origin"],
            row["published_at"] is not None,
        )
        for row in connection.execute(joined.order_by(latest.c.sequence)).mappings()
    ]


def activate(connection: Connection, changes: Mapping[Scope, str | None], cause: str, change_id: str) -> None:
    """Put revisions in force; the caller holds the lock."""
    rows = [
        {
            "mission": scope.mission,
            "satellite_id": scope.satellite_id,
            "revision": revision,
            "cause": cause,
            "change_id": change_id,
        }
        for scope, revision in changes.items()
    ]
    if rows:
        connection.execute(insert(calibration_activation), rows)


def history(connection: Connection, before: int | None, change_id: str | None, limit: int) -> list[Row]:
    """Activations, the latest first: those before a sequence number, or of one change."""
    statement = select(calibration_activation).order_by(a.sequence.desc()).limit(limit)
    if before is not None:
        statement = statement.where(a.sequence < before)
    if change_id is not None:
        statement = statement.where(cast(a.change_id, Text) == change_id)
    return list(connection.execute(statement).mappings())


def last_change(connection: Connection, causes: Sequence[str]) -> tuple[str, str] | None:
    """Cause and id of the last change with one of these causes."""
    statement = select(a.cause, a.change_id).where(a.cause.in_(causes)).order_by(a.sequence.desc()).limit(1)
    row = connection.execute(statement).first()
    return (row[0], row[1]) if row else None


def before_change(connection: Connection, change_id: str) -> dict[Scope, str | None]:
    """What was in force for the scopes of a change before it."""
    earlier = aliased(calibration_activation)
    former = (
        select(earlier.c.revision)
        .where(
            earlier.c.mission == a.mission,
            earlier.c.satellite_id.is_not_distinct_from(a.satellite_id),
            earlier.c.sequence < a.sequence,
        )
        .order_by(earlier.c.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(select(a.mission, a.satellite_id, former).where(a.change_id == change_id))
    return {Scope(mission, satellite): revision for mission, satellite, revision in rows}


def mark_published(connection: Connection, sequences: Sequence[int]) -> None:
    """Note that Kafka has confirmed these, and with them all that came before them in their scopes."""
    connection.execute(
        update(calibration_activation)
        .where(a.sequence <= max(sequences, default=0), a.published_at.is_(None))
        .values(published_at=func.clock_timestamp())
    )


def has_unpublished(connection: Connection) -> bool:
    """Whether something in force is not told to the workers yet."""
    return connection.execute(select(a.sequence).where(a.published_at.is_(None)).limit(1)).first() is not None


def events_between(
    connection: Connection, scope: Scope, start: datetime, end: datetime, named: int
) -> tuple[int, list[Row]]:
    """How many events of current verdicts touch the span, and the first of them."""
    conditions = [
        event.c.mission == scope.mission,
        event.c.job_id.is_(None),
        event.c.end_time >= start,
        event.c.start_time <= end,
    ]
    if scope.satellite_id is not None:
        conditions.append(event.c.satellite_id == scope.satellite_id)
    current = and_(batch.c.batch_uid == event.c.batch_uid, batch.c.revision == event.c.revision)
    count = select(func.count()).select_from(event).join(batch, current).where(*conditions)
    first = select(event).join(batch, current).where(*conditions).order_by(event.c.start_time).limit(named)
    return connection.execute(count).scalar_one(), list(connection.execute(first).mappings())


def put_fit(connection: Connection, new: NewFit) -> Row:
    """Store what was asked for."""
    values = {name: getattr(new, name) for name in NewFit.__dataclass_fields__}
    return connection.execute(insert(calibration_fit).values(values).returning(calibration_fit)).mappings().one()


def find_fit(connection: Connection, fit_id: str) -> Row | None:
    """A fit's row."""
    return connection.execute(select(calibration_fit).where(f.fit_id == fit_id)).mappings().first()


def fits_page(connection: Connection, position: Position | None, limit: int) -> list[tuple[Position, Row]]:
    """Fits, the newest first, each with its position in the list."""
    statement = select(calibration_fit)
    if position is not None:
        statement = statement.where(tuple_(f.submitted_at, f.fit_id) < tuple_(position.at, position.id))
    rows = connection.execute(statement.order_by(f.submitted_at.desc(), f.fit_id.desc()).limit(limit)).mappings()
    return [(Position(row["submitted_at"], row["fit_id"]), row) for row in rows]


def unsent_fits(connection: Connection, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """Fits that the queue has not confirmed, the oldest first."""
    statement = select(f.fit_id, f.task).where(f.enqueued_at.is_(None)).order_by(f.submitted_at).limit(limit)
    return [(fit_id, task) for fit_id, task in connection.execute(statement)]


def mark_fit_sent(connection: Connection, fit_id: str) -> None:
    """Note that the queue has confirmed the task."""
    connection.execute(update(calibration_fit).where(f.fit_id == fit_id).values(enqueued_at=func.clock_timestamp()))


def finish_fit(connection: Connection, fit: CalibrationFit) -> Row | None:
    """Store a fit's outcome, once; its row before that, or None if nobody asked for it or it is finished already."""
    statement = select(calibration_fit).where(f.fit_id == fit.fit_id, f.finished_at.is_(None)).with_for_update()
    row = connection.execute(statement).mappings().first()
    if row is None:
        return None
    revision = None
    if fit.calibration is not None:
        span = (row["first_time"], row["last_time"])
        revision = put(connection, fit.calibration, row["satellite_id"], "fitted", span)
    connection.execute(
        update(calibration_fit)
        .where(f.fit_id == fit.fit_id)
        .values(
            status="DONE" if revision else "FAILED",
            revision=revision,
            error=fit.error,
            satellites=fit.satellites,
            samples=fit.samples,
            skipped=fit.skipped,
            finished_at=func.clock_timestamp(),
        )
    )
    return row


def _same(column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value
