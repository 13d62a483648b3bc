"""Forecasts and scores out of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, and_, select

from operation_server.calibrations.schemas import JudgingCalibration
from operation_server.db.calibration_tables import calibration
from operation_server.db.tables import batch, channel_series, judgement, judgement_channel, revision
from operation_server.judgements.answers import calibration_used
from operation_server.judgements.provenance import BY_REVISION, OF_CALIBRATION
from operation_server.telemetry.decimate import Times, Values


@dataclass(frozen=True, slots=True)
class JudgedChannel:
    """One channel in one judgement; its series is empty where retention has removed it or nothing was forecast."""

    judgement_id: str
    batch_uid: str
    batch_id: str
    revision: int
    first_time: datetime
    last_time: datetime
    verdict: str
    score: float | None
    threshold: float | None
    note: str | None
    versions: dict[str, str]
    calibration: JudgingCalibration | None
    times: Times
    forecasts: dict[str, Values]
    scores: Values
    take: int
    """The highest one that holds records of the batch."""


def of_channel(
    connection: Connection, satellite_id: str, mission: str, stream: str, channel: str, start: datetime, end: datetime
) -> list[JudgedChannel]:
    """The current judgements of a channel that touch the span, in the order of their batches' event times."""
    c = channel_series.c
    rows = connection.execute(
        select(
            judgement.c.judgement_id,
            judgement.c.batch_uid,
            judgement.c.batch_id,
            judgement.c.revision,
            judgement.c.first_time,
            judgement.c.last_time,
            judgement_channel.c.verdict,
            judgement_channel.c.score,
            judgement_channel.c.threshold,
            judgement_channel.c.note,
            judgement.c.models.label("versions"),
            judgement.c.calibration,
            judgement.c.calibration_scope,
            *OF_CALIBRATION,
            revision.c.ranges,
            c.times,
            c.models,
            c.forecasts,
            c.scores,
        )
        .select_from(batch)
        .join(judgement, and_(judgement.c.batch_uid == batch.c.batch_uid, judgement.c.revision == batch.c.revision))
        .join(revision, and_(revision.c.batch_uid == batch.c.batch_uid, revision.c.revision == batch.c.revision))
        .join(judgement_channel, judgement_channel.c.judgement_id == judgement.c.judgement_id)
        .outerjoin(calibration, BY_REVISION)
        .outerjoin(
            channel_series,
            and_(
                c.judgement_id == judgement.c.judgement_id,
                c.channel == judgement_channel.c.channel,
                c.stored_on == judgement.c.stored_on,
            ),
        )
        .where(
            batch.c.satellite_id == satellite_id,
            batch.c.mission == mission,
            batch.c.stream == stream,
            batch.c.last_time >= start,
            judgement.c.job_id.is_(None),
            judgement.c.first_time <= end,
            judgement.c.last_time >= start,
            judgement_channel.c.channel == channel,
        )
        .order_by(judgement.c.first_time, judgement.c.judgement_id)
    ).mappings()
    return [
        JudgedChannel(
            row["judgement_id"],
            row["batch_uid"],
            row["batch_id"],
            row["revision"],
            row["first_time"],
            row["last_time"],
            row["verdict"],
            row["score"],
            row["threshold"],
            row["note"],
            row["versions"],
            calibration_used(row),
            np.array(row["times"] or [], np.int64),
            _by_model(row["models"], row["forecasts"]),
            np.array(row["scores"] or [], np.float64),
            max((one.get("take") or 0 for one in row["ranges"]), default=0),
        )
        for row in rows
    ]


def of_judgements(
    connection: Connection, judgement_ids: Sequence[str]
) -> dict[str, tuple[Times, dict[str, Values], Values]]:
    """Times, forecasts by model and scores of every channel of these judgements."""
    c = channel_series.c
    rows = connection.execute(
        select(c.channel, c.times, c.models, c.forecasts, c.scores).where(c.judgement_id.in_(judgement_ids))
    )
    return {
        channel: (np.array(times, np.int64), _by_model(models, forecasts), np.array(scores, np.float64))
        for channel, times, models, forecasts, scores in rows
    }


def _by_model(models: list[str] | None, forecasts: list[list[float]] | None) -> dict[str, Values]:
    return {m: np.array(f, np.float64) for m, f in zip(models or [], forecasts or [], strict=True)}
