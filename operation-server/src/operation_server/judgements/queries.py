"""Judgements out of the database: the latest, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, literal_column, select, tuple_

from operation_server.db.distribution import Distribution, percentiles, seconds
from operation_server.db.rows import Row
from operation_server.db.tables import judgement, revision
from operation_server.judgements.provenance import JUDGED
from operation_server.web.paging import Position

j = judgement.c


@dataclass(frozen=True, slots=True)
class JudgementFilter:
    """Which judgements; None takes all."""

    satellite_id: str | None = None
    subsystem: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class JudgementCounts:
    """What judgements add up to; durations in seconds."""

    since: datetime
    judgements: int
    by_verdict: dict[str, int]
    by_subsystem: Sequence[Row]
    by_model: Sequence[Row]
    waiting_s: Distribution
    read_s: Distribution
    forecast_s: Distribution
    score_s: Distribution
    judging_s: Distribution
    seconds_to_verdict: Distribution


def page(
    connection: Connection, wanted: JudgementFilter, position: Position | None, limit: int
) -> list[tuple[Position, Row]]:
    """Judgements that match, each with its position in the list: the latest committed first."""
    statement = select(judgement)
    for name in ("satellite_id", "subsystem", "verdict"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(j[name] == value)
    if position is not None:
        statement = statement.where(tuple_(j.committed_at, j.judgement_id) < tuple_(position.at, position.id))
    rows = connection.execute(statement.order_by(j.committed_at.desc(), j.judgement_id.desc()).limit(limit)).mappings()
    return [(Position(row["committed_at"], row["judgement_id"]), row) for row in rows]


def of_job(connection: Connection, job_id: str) -> Sequence[Row]:
    """The rows of a job's judgements, by subsystem."""
    return connection.execute(JUDGED.where(j.job_id == job_id).order_by(j.subsystem)).mappings().all()


def statistics(connection: Connection, since: datetime) -> JudgementCounts:
    """What the judgements committed since then add up to."""
    recent = j.committed_at >= since
    by_verdict: dict[str, int] = dict(
        connection.execute(select(j.verdict, func.count()).where(recent).group_by(j.verdict)).all()
    )
    by_subsystem = connection.execute(
        select(
            j.mission,
            j.subsystem,
            func.count().label("judgements"),
            func.count(case((j.verdict == "ANOMALY", 1))).label("anomalies"),
            func.count(case((j.verdict == "ERROR", 1))).label("errors"),
        )
        .where(recent)
        .group_by(j.mission, j.subsystem)
        .order_by(j.mission, j.subsystem)
    ).mappings()
    served = func.jsonb_each_text(j.models).table_valued("key", "value")
    by_model = connection.execute(
        select(served.c.key.label("model"), served.c.value.label("version"), func.count().label("judgements"))
        .select_from(judgement)
        .join(served, literal_column("true"))
        .where(recent)
        .group_by(served.c.key, served.c.value)
        .order_by(served.c.key, served.c.value)
    ).mappings()
    return JudgementCounts(
        since=since,
        judgements=sum(by_verdict.values()),
        by_verdict=by_verdict,
        by_subsystem=list(by_subsystem),
        by_model=list(by_model),
        waiting_s=percentiles(connection, seconds(j.requested_at, j.started_at), recent),
        read_s=percentiles(connection, j.read_s, recent),
        forecast_s=percentiles(connection, j.forecast_s, recent),
        score_s=percentiles(connection, j.score_s, recent),
        judging_s=percentiles(connection, seconds(j.started_at, j.finished_at), recent),
        seconds_to_verdict=percentiles(
            connection, revision.c.seconds_to_verdict, revision.c.complete & (revision.c.verdict_time >= since)
        ),
    )


def models_used(connection: Connection) -> list[tuple[str, str, datetime]]:
    """Models and versions that took part in verdicts, and when each last did."""
    served = func.jsonb_each_text(j.models).table_valued("key", "value")
    rows = connection.execute(
        select(served.c.key, served.c.value, func.max(j.committed_at))
        .select_from(judgement)
        .join(served, literal_column("true"))
        .group_by(served.c.key, served.c.value)
        .order_by(served.c.key, served.c.value)
    )
    return [(name, version, last) for name, version, last in rows]
