"""Counts for the dashboard, and the list of satellites."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select, text, tuple_

from operation_server.schemas.common import SeverityName
from operation_server.schemas.dashboard import DashboardStats
from operation_server.schemas.trends import SatelliteItem
from operation_server.store.judgements import percentiles
from operation_server.store.tables import batch, event, judgement, revision, satellite
from passwatch.mission import Mission

DAY = timedelta(days=1)
NO_EVENTS: dict[SeverityName, int] = {"warning": 0, "critical": 0}


def stats(connection: Connection) -> DashboardStats:
    """Counts over everything, and over the last 24 hours."""
    now = datetime.now(UTC)
    b = batch.c
    of_current = and_(b.batch_uid == event.c.batch_uid, b.revision == event.c.revision)
    records = func.sum(func.greatest(b.received_records, func.coalesce(b.judged_records, 0)))
    by_status = _counts(connection, select(b.status, func.count()).group_by(b.status))
    found = event.c.job_id.is_(None)
    severities = select(event.c.severity, func.count()).join(batch, of_current).where(found).group_by(event.c.severity)
    recent = judgement.c.job_id.is_(None) & (judgement.c.committed_at >= now - DAY)
    return DashboardStats(
        generated_at=now,
        satellites=connection.execute(select(func.count()).select_from(satellite)).scalar_one(),
        records=connection.execute(select(func.coalesce(records, 0))).scalar_one(),
        batches=sum(by_status.values()),
        by_status=by_status,
        by_verdict=_counts(connection, select(b.verdict, func.count()).group_by(b.verdict)),
        events=NO_EVENTS | _counts(connection, severities),
        events_24h=NO_EVENTS | _counts(connection, severities.where(event.c.found_at >= now - DAY)),
        verdicts_24h=connection.execute(select(func.count()).where(recent)).scalar_one(),
        seconds_to_verdict_24h=percentiles(
            connection, revision.c.seconds_to_verdict, revision.c.complete & (revision.c.verdict_time >= now - DAY)
        ),
        newest_verdict_time=connection.execute(select(func.max(judgement.c.committed_at))).scalar(),
    )


def satellites_page(
    connection: Connection,
    missions: Mapping[str, Mission],
    mission: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[SatelliteItem]:
    """Satellites that were heard, in the order of mission and id, after the one given."""
    s = satellite.c
    count = (
        select(func.count())
        .where(batch.c.satellite_id == s.satellite_id, batch.c.mission == s.mission)
        .scalar_subquery()
    )
    newest = (
        select(batch.c.verdict, batch.c.verdict_time)
        .where(batch.c.satellite_id == s.satellite_id, batch.c.mission == s.mission, batch.c.revision.is_not(None))
        .order_by(batch.c.last_time.desc())
        .limit(1)
        .lateral("newest")
    )
    statement = (
        select(satellite, count.label("batches"), newest.c.verdict, newest.c.verdict_time)
        .select_from(satellite)
        .outerjoin(newest, text("true"))
        .order_by(s.mission, s.satellite_id)
        .limit(limit)
    )
    if mission is not None:
        statement = statement.where(s.mission == mission)
    if after is not None:
        statement = statement.where(tuple_(s.mission, s.satellite_id) > tuple_(*after))
    names = {(m.id, x.id): x.name for m in missions.values() for x in m.content.satellites}
    return [
        SatelliteItem(
            satellite_id=row["satellite_id"],
            mission=row["mission"],
            name=names.get((row["mission"], row["satellite_id"])),
            newest_sample=row["newest_sample"],
            batches=row["batches"],
            verdict=row["verdict"] or "PENDING",
            verdict_time=row["verdict_time"],
        )
        for row in connection.execute(statement).mappings()
    ]


def heard(connection: Connection) -> list[tuple[str, str]]:
    """Mission and id of every satellite that was heard."""
    rows = connection.execute(select(satellite.c.mission, satellite.c.satellite_id))
    return [(mission, satellite_id) for mission, satellite_id in rows]


def _counts(connection: Connection, statement: Any) -> dict[Any, int]:
    return dict(connection.execute(statement).all())
