"""A job with what it has found so far."""

from __future__ import annotations

from sqlalchemy import Connection

from operation_server.batches import queries as batches
from operation_server.db.rows import Row
from operation_server.events import queries as events
from operation_server.events.answers import event_item
from operation_server.jobs.answers import job_fields
from operation_server.jobs.schemas import ChannelSeries, JobResult
from operation_server.judgements import queries as judgements
from operation_server.judgements import series
from operation_server.judgements.answers import channel_reports, provenance_item, subsystem_verdict
from operation_server.missions_in_use import Missions
from operation_server.trends.answers import series_data


def job_result(connection: Connection, row: Row, missions: Missions, *, with_series: bool) -> JobResult:
    """The job of this row, with verdicts, events, channels and, if wanted, forecasts and scores."""
    judged = judgements.of_job(connection, row["job_id"])
    ids = [j["judgement_id"] for j in judged]
    return JobResult(
        **job_fields(row),
        results=[subsystem_verdict(j) for j in judged],
        events=[event_item(e, missions) for e in events.of_judgements(connection, ids)],
        channels=channel_reports(batches.channels_of(connection, ids), missions),
        provenance=[provenance_item(j) for j in judged],
        series=_series(connection, ids) if with_series else None,
    )


def _series(connection: Connection, judgement_ids: list[str]) -> dict[str, ChannelSeries]:
    return {
        channel: ChannelSeries(
            forecasts={model: series_data(times, values) for model, values in forecasts.items()},
            scores=series_data(times, scores),
        )
        for channel, (times, forecasts, scores) in series.of_judgements(connection, judgement_ids).items()
    }
