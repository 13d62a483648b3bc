"""Counts for the dashboard, and the list of satellites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select, text, tuple_

from operation_server.schemas.common import BatchStatus, OverallVerdict, SeverityName
from operation_server.schemas.dashboard import DashboardStats
from operation_server.schemas.trends import SatelliteItem
from operation_server.store.judgements import percentiles
from operation_server.store.tables import batch, judgement, revision, satellite
from passwatch.mission import Mission

DAY = timedelta(days=1)
NO_EVENTS: dict[SeverityName, int] = {"warning": 0, "critical": 0}


def stats(connection: Connection) -> DashboardStats:
    """Counts over everything, and over the last 24 hours."""
    now = datetime.now(UTC)
    since = now - DAY
    by_status: Counter[BatchStatus] = Counter()
    by_verdict: Counter[OverallVerdict] = Counter()
    events, recent_events = Counter(NO_EVENTS), Counter(NO_EVENTS)
    records = 0
    for row in connection.execute(batch_counts(since)):
        by_status[row.status] += row.batches
        by_verdict[row.verdict] += row.batches
        records += int(row.records)
        events.update(warning=row.events - row.critical, critical=row.critical)
        recent_events.update(warning=row.recent - row.recent_critical, critical=row.recent_critical)
    recent = judgement.c.job_id.is_(None) & (judgement.c.committed_at >= since)
    return DashboardStats(
        generated_at=now,
        satellites=connection.execute(select(func.count()).select_from(satellite)).scalar_one(),
        records=records,
        batches=by_status.total(),
        by_status=by_status,
        by_verdict=by_verdict,
        events=events,
        events_24h=recent_events,
        verdicts_24h=connection.execute(select(func.count()).where(recent)).scalar_one(),
        seconds_to_verdict_24h=percentiles(
            connection, revision.c.seconds_to_verdict, revision.c.complete & (revision.c.verdict_time >= since)
        ),
        newest_verdict_time=connection.execute(select(func.max(judgement.c.committed_at))).scalar(),
    )


def batch_counts(since: datetime) -> Select[Any]:
    """Everything that is counted over all batches, in one pass over the index `batch_counts`."""
    b = batch.c
    recently = b.verdict_time >= since
    return select(
        b.status,
        b.verdict,
        func.count().label("batches"),
        func.sum(func.greatest(b.received_records, func.coalesce(b.judged_records, 0))).label("records"),
        func.sum(b.events).label("events"),
        func.sum(b.critical_events).label("critical"),
        func.coalesce(func.sum(b.events).filter(recently), 0).label("recent"),
        func.coalesce(func.sum(b.critical_events).filter(recently), 0).label("recent_critical"),
    ).group_by(b.status, b.verdict)


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
