"""Search over results."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from operation_server.schemas import samples
from operation_server.schemas.common import ApiModel, Instant, Page, SeverityName, VerdictName, example

HitKind = Literal["event", "verdict"]


class SearchHit(ApiModel):
    """An event or a subsystem's verdict that matches."""

    kind: HitKind
    id: str = Field(description="event_id or judgement_id")
    batch_uid: str | None
    batch_id: str | None
    job_id: str | None
    satellite_id: str
    mission: str
    subsystem: str
    revision: int
    channel: str | None
    verdict: VerdictName
    severity: SeverityName | None
    time: Instant = Field(description="an event's start; a verdict's last record")
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

    engine: str = Field(description="what answered: `postgresql`")
