"""Anomaly events as the API shows them."""

from __future__ import annotations

from pydantic import Field

from operation_server.web import examples as samples
from operation_server.web.schemas import ApiModel, Instant, SeverityName, example


class EventItem(ApiModel):
    """A span of one channel that is not nominal, and the evidence for it."""

    model_config = example(samples.EVENT)

    event_id: str
    judgement_id: str
    job_id: str | None = Field(description="the on-demand job that found it; null for a batch's own judgement")
    batch_uid: str | None = Field(description="null for a job on a free span of time")
    batch_id: str | None
    satellite_id: str
    mission: str
    subsystem: str
    revision: int
    channel: str
    unit: str | None
    start: Instant
    end: Instant
    peak: Instant
    severity: SeverityName
    score: float
    threshold: float
    confidence: float | None = Field(
        description="how sure the score makes one: nominal telemetry scores higher with frequency 1 - confidence"
    )
    detector: str = Field(description="the member that spoke: a model's name, or `limits`")
    share: float = Field(description="the channel's part of the evidence against its subsystem, 0..1")
    value: float | None = Field(description="at the peak, in the channel's unit")
    forecast: float | None = Field(description="at the peak, in the channel's unit")
    explanation: str
