"""Search over results."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from operation_server.web import examples as samples
from operation_server.web.schemas import ApiModel, Instant, OverallVerdict, Page, SeverityName, example

HitKind = Literal["event", "verdict", "batch"]


class SearchHit(ApiModel):
    """An event, a subsystem's verdict or a batch that matches."""

    kind: HitKind
    id: str = Field(description="event_id, judgement_id or batch_uid")
    batch_uid: str | None
    batch_id: str | None
    job_id: str | None
    satellite_id: str
    mission: str
    subsystem: str | None = Field(description="null for a batch")
    revision: int = Field(description="0 for a batch that is not judged yet")
    channel: str | None
    verdict: OverallVerdict
    severity: SeverityName | None
    time: Instant = Field(description="an event's start; a verdict's or batch's last record")
    text: str = Field(description="what was found, in words")


HIT = {
    "kind": "event",
    "id": samples.EVENT["event_id"],
    "batch_uid": samples.BATCH_UID,
    "batch_id": "pass-0421",
    "job_id": None,
    "satellite_id": "SAT-001",
    "mission": "default",
    "subsystem": "eps",
    "revision": 1,
    "channel": "battery_temp",
    "verdict": "ANOMALY",
    "severity": "critical",
    "time": "2026-01-02T03:10:00.000Z",
    "text": samples.EVENT["explanation"],
}


class SearchPage(Page[SearchHit]):
    """A page of matches, the newest first."""

    model_config = example({"items": [HIT], "next": None, "engine": "postgresql"})

    engine: str = Field(description="what answered, `elasticsearch` or `postgresql`; both give the same answers")
