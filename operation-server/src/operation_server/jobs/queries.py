"""On-demand jobs in the database: the request, its tasks until the queue has them, and its state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from operation_server.db.distribution import Distribution, percentiles, seconds
from operation_server.db.rows import Row
from operation_server.db.tables import job
from operation_server.web.paging import Position

j = job.c
LOCK = 7_302_004
STATUSES = ("QUEUED", "RUNNING", "DONE")


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it is submitted; ``tasks`` are the payloads for the task queue."""

    job_id: str
    idempotency_key: str | None
    request_hash: str
    satellite_id: str
    mission: str
    batch_uid: str | None
    first_time: datetime
    last_time: datetime
    model: str | None
    subsystems: list[str]
    tasks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs there are, by status, and how long they took and take, in seconds."""

    jobs: dict[str, int]
    unsent: int
    oldest_open_s: float | None
    submitted_last_hour: int
    duration_s: Distribution


def put(connection: Connection, new: NewJob) -> Row:
    """Store the job, unless one with its idempotency key is there; returns the row that is there then."""
    values = {name: getattr(new, name) for name in NewJob.__dataclass_fields__}
    statement = insert(job).values(values).on_conflict_do_nothing(index_elements=[j.idempotency_key]).returning(job)
    row = connection.execute(statement).mappings().first()
    if row is not None:
        return row
    return connection.execute(select(job).where(j.idempotency_key == new.idempotency_key)).mappings().one()


def with_key(connection: Connection, idempotency_key: str) -> Row | None:
    """The job that was submitted with this key."""
    return connection.execute(select(job).where(j.idempotency_key == idempotency_key)).mappings().first()


def find(connection: Connection, job_id: str) -> Row | None:
    """The job's row."""
    return connection.execute(select(job).where(j.job_id == job_id)).mappings().first()


def count_open(connection: Connection) -> int:
    """How many jobs are not done."""
    return connection.execute(select(func.count()).where(j.status != "DONE")).scalar_one()


def unsent(connection: Connection, limit: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """Jobs whose tasks the queue has not confirmed, the oldest first."""
    statement = select(j.job_id, j.tasks).where(j.enqueued_at.is_(None)).order_by(j.submitted_at).limit(limit)
    return [(job_id, tasks) for job_id, tasks in connection.execute(statement)]


def mark_sent(connection: Connection, job_id: str) -> None:
    """Note that the queue has confirmed all tasks of the job."""
    connection.execute(update(job).where(j.job_id == job_id).values(enqueued_at=func.clock_timestamp()))


def page(
    connection: Connection, status: str | None, satellite_id: str | None, position: Position | None, limit: int
) -> list[tuple[Position, Row]]:
    """Jobs that match, each with its position in the list: the newest first."""
    statement = select(job)
    if status is not None:
        statement = statement.where(j.status == status)
    if satellite_id is not None:
        statement = statement.where(j.satellite_id == satellite_id)
    if position is not None:
        statement = statement.where(tuple_(j.submitted_at, j.job_id) < tuple_(position.at, position.id))
    rows = connection.execute(statement.order_by(j.submitted_at.desc(), j.job_id.desc()).limit(limit)).mappings()
    return [(Position(row["submitted_at"], row["job_id"]), row) for row in rows]


def stats(connection: Connection) -> JobCounts:
    """The state of the jobs."""
    by_status: dict[str, int] = dict(connection.execute(select(j.status, func.count()).group_by(j.status)).all())
    last_hour = j.submitted_at >= func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 1)
    oldest = select(func.max(seconds(j.submitted_at, func.clock_timestamp()))).where(j.status != "DONE")
    return JobCounts(
        jobs={status: by_status.get(status, 0) for status in STATUSES},
        unsent=connection.execute(select(func.count()).where(j.enqueued_at.is_(None))).scalar_one(),
        oldest_open_s=connection.execute(oldest).scalar(),
        submitted_last_hour=connection.execute(select(func.count()).where(last_hour)).scalar_one(),
        duration_s=percentiles(connection, seconds(j.submitted_at, j.finished_at), j.finished_at.is_not(None)),
    )
