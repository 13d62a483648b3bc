"""What the live stream tells."""

from __future__ import annotations

from pydantic import Field

from operation_server.alarms.schemas import AlarmItem
from operation_server.batches.schemas import BatchSummary
from operation_server.events.schemas import EventItem
from operation_server.web import examples as samples
from operation_server.web.schemas import ApiModel, Instant, VerdictName, example


class VerdictNotice(ApiModel):
    """A subsystem's verdict was committed (`event: verdict`)."""

    model_config = example(
        {
            "judgement_id": samples.JUDGEMENT_ID,
            "batch_uid": samples.BATCH_UID,
            "batch_id": "pass-0421",
            "satellite_id": "SAT-001",
            "mission": "default",
            "subsystem": "eps",
            "revision": 1,
            "verdict": "ANOMALY",
            "reason": None,
            "events": 1,
            "verdict_time": "2026-01-02T09:00:03.010Z",
        }
    )

    judgement_id: str
    batch_uid: str
    batch_id: str
    satellite_id: str
    mission: str
    subsystem: str
    revision: int
    verdict: VerdictName
    reason: str | None
    events: int
    verdict_time: Instant


class AnomalyNotice(EventItem):
    """An anomaly event was found that the batch's former revision did not have (`event: anomaly`)."""

    model_config = example({**samples.EVENT, "live": True})

    live: bool = Field(description="false for old data, which raises no alarm")


class StreamData(ApiModel):
    """The shapes of `data:` by `event:`; a message has exactly one of them, not this object."""

    batch: BatchSummary
    verdict: VerdictNotice
    anomaly: AnomalyNotice
    alarm: AlarmItem
