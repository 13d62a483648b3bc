"""A job with what it has found so far."""

from __future__ import annotations

from sqlalchemy import Connection

from operation_server.schemas.inference import ChannelSeries, JobResult
from operation_server.store import batches, events, jobs, judgements, series
from operation_server.store.provenance import provenance_item
from operation_server.store.summaries import Missions, Row, subsystem_verdict
from operation_server.trends.answers import series_data


def job_result(connection: Connection, row: Row, missions: Missions, *, with_series: bool) -> JobResult:
    """The job of this row, with verdicts, events, channels and, if wanted, forecasts and scores."""
    judged = judgements.of_job(connection, row["job_id"])
    ids = [j["judgement_id"] for j in judged]
    return JobResult(
        **jobs.job_fields(row),
        results=[subsystem_verdict(j) for j in judged],
        events=events.of_judgements(connection, ids, missions),
        channels=batches.channels_of(connection, ids, missions),
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
