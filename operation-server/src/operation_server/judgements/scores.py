"""The newest score of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select
from sqlalchemy.dialects.postgresql import distinct_on

from operation_server.db.tables import batch, judgement, judgement_channel
from operation_server.web.schemas import VerdictName


@dataclass(frozen=True, slots=True)
class LatestScore:
    """A channel's verdict and score in one judgement."""

    verdict: VerdictName
    score: float | None
    threshold: float | None


def latest(
    connection: Connection, satellite_id: str, mission: str, start: datetime, end: datetime
) -> dict[str, LatestScore]:
    """By channel, what the newest judged batch that touches the span says of it."""
    c = judgement_channel.c
    is_current = and_(judgement.c.batch_uid == batch.c.batch_uid, judgement.c.revision == batch.c.revision)
    rows = connection.execute(
        select(c.channel, c.verdict, c.score, c.threshold)
        .ext(distinct_on(c.channel))
        .select_from(batch)
        .join(judgement, is_current)
        .join(judgement_channel, c.judgement_id == judgement.c.judgement_id)
        .where(
            batch.c.satellite_id == satellite_id,
            batch.c.mission == mission,
            batch.c.last_time >= start,
            batch.c.first_time <= end,
            judgement.c.job_id.is_(None),
        )
        .order_by(c.channel, batch.c.last_time.desc())
    )
    return {channel: LatestScore(verdict, score, threshold) for channel, verdict, score, threshold in rows}
