"""Counts for the dashboard."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from operation_server.db.distribution import Distribution, percentiles
from operation_server.db.tables import batch, judgement, revision, satellite

DAY = timedelta(days=1)
NO_EVENTS = {"warning": 0, "critical": 0}


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is, and what the last 24 hours brought; durations in seconds."""

    generated_at: datetime
    satellites: int
    records: int
    batches: int
    by_status: dict[str, int]
    by_verdict: dict[str, int]
    events: dict[str, int]
    events_24h: dict[str, int]
    verdicts_24h: int
    seconds_to_verdict_24h: Distribution
    newest_verdict_time: datetime | None


def stats(connection: Connection) -> Counts:
    """Counts over everything, and over the last 24 hours."""
    now = datetime.now(UTC)
    since = now - DAY
    by_status: Counter[str] = Counter()
    by_verdict: Counter[str] = Counter()
    events, recent_events = Counter(NO_EVENTS), Counter(NO_EVENTS)
    records = 0
    for row in connection.execute(batch_counts(since)):
        by_status[row.status] += row.batches
        by_verdict[row.verdict] += row.batches
        records += int(row.records)
        events.update(warning=row.events - row.critical, critical=row.critical)
        recent_events.update(warning=row.recent - row.recent_critical, critical=row.recent_critical)
    recent = judgement.c.job_id.is_(None) & (judgement.c.committed_at >= since)
    return Counts(
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
