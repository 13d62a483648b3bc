"""On-demand judgements, and what the judgements of batches have cost and found."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, model_validator

from operation_server.events.schemas import EventItem
from operation_server.judgements.schemas import ChannelReport, ProvenanceItem, SubsystemVerdict
from operation_server.times import parse_instant
from operation_server.web import examples as samples
from operation_server.web.schemas import (
    ApiModel,
    Instant,
    OverallVerdict,
    Page,
    Percentiles,
    SeriesData,
    Text,
    example,
)

JobStatus = Literal["QUEUED", "RUNNING", "DONE"]


def _instant(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("an ISO 8601 instant or milliseconds since the epoch is needed")  # noqa: TRY004 - pydantic takes ValueError
    return parse_instant(str(value))


TimeInput = Annotated[
    datetime, BeforeValidator(_instant, json_schema_input_type=str | int), Field(examples=["2026-01-02T00:00:00Z"])
]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=64)]


class SubmitRequest(BaseModel):
    """What to judge: a batch by `batch_uid`, or a satellite from `from` to `to`."""

    model_config = example(
        {
            "satellite_id": "SAT-001",
            "from": "2026-01-02T00:00:00Z",
            "to": "2026-01-02T08:59:30Z",
            "subsystems": ["eps"],
        },
        forbid_extra=True,
    )

    batch_uid: Text | None = Field(None, description="judge the records of this batch again", max_length=64)
    satellite_id: Name | None = Field(None, description="judge this satellite's telemetry of a span")
    mission: Name | None = Field(None, description="the satellite's mission; default: the one it was heard of last")
    from_: TimeInput | None = Field(None, alias="from", description="ISO 8601, or ms since the epoch; inclusive")
    to: TimeInput | None = Field(None, description="ISO 8601, or ms since the epoch; inclusive")
    model: Name | None = Field(None, description="use only this served model; default: all")
    subsystems: list[Name] | None = Field(None, description="default: all of the mission", min_length=1, max_length=64)

    @model_validator(mode="after")
    def _one_subject(self) -> SubmitRequest:
        span = (self.satellite_id, self.from_, self.to)
        if self.batch_uid is not None:
            if any(part is not None for part in (*span, self.mission)):
                raise ValueError("give either batch_uid, or satellite_id with from and to, not both")
        elif any(part is None for part in span):
            raise ValueError("give either batch_uid, or all of satellite_id, from and to")
        elif self.from_ is not None and self.to is not None and self.from_ >= self.to:
            raise ValueError("from must be before to")
        return self


class JobItem(ApiModel):
    """An on-demand judgement. It never replaces a batch's verdict."""

    model_config = example(samples.JOB)

    job_id: str
    status: JobStatus = Field(description="DONE when every subsystem has its verdict")
    satellite_id: str
    mission: str
    batch_uid: str | None
    from_: Instant = Field(alias="from")
    to: Instant
    model: str | None
    subsystems: list[str]
    submitted_at: Instant
    finished_at: Instant | None
    verdict: OverallVerdict
    result_url: str


class JobPage(Page[JobItem]):
    """A page of jobs, the newest first."""

    model_config = example({"items": [samples.JOB], "next": None})


class ChannelSeries(ApiModel):
    """Forecasts and scores of one channel, at the samples' own times."""

    forecasts: dict[str, SeriesData]
    scores: SeriesData


class JobResult(JobItem):
    """A job with what it has found so far."""

    model_config = example(
        {
            **samples.JOB,
            "results": [samples.SUBSYSTEM],
            "events": [{**samples.EVENT, "job_id": samples.JOB_ID}],
            "channels": [samples.CHANNEL],
            "provenance": [samples.PROVENANCE],
            "series": None,
        }
    )

    results: list[SubsystemVerdict]
    events: list[EventItem]
    channels: list[ChannelReport]
    provenance: list[ProvenanceItem]
    series: dict[str, ChannelSeries] | None = Field(description="by channel, if asked for with `series=true`")


class QueryStats(ApiModel):
    """The state of the on-demand jobs."""

    model_config = example(
        {
            "jobs": {"QUEUED": 0, "RUNNING": 1, "DONE": 12},
            "unsent": 0,
            "oldest_open_s": 2.4,
            "submitted_last_hour": 3,
            "duration_s": samples.PERCENTILES,
        }
    )

    jobs: dict[JobStatus, int]
    unsent: int = Field(description="jobs that the task queue has not confirmed yet")
    oldest_open_s: float | None = Field(description="age of the oldest job that is not done")
    submitted_last_hour: int
    duration_s: Percentiles = Field(description="from submission to the last verdict")
