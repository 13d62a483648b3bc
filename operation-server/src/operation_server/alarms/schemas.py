"""Alarms: incidents that wait for somebody, and what was done about them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from operation_server.web.schemas import ApiModel, Instant, Page, example
from passwatch.alarms.findings import Kind, Severity, Source
from passwatch.alarms.lifecycle import State
from passwatch.contracts import Stream
from passwatch.mission import Priority

Label = Literal["confirmed", "nuisance", "expected", "test"]

CHANNEL: dict[str, Any] = {
    "channel": "battery_temp",
    "subsystem": "eps",
    "onset": "2026-01-02T03:10:00.000Z",
    "end": "2026-01-02T03:24:00.000Z",
    "severity": "critical",
    "kind": "drift",
    "score": 9.7,
    "share": 0.62,
}
ALARM: dict[str, Any] = {
    "incident_id": "5d0c3a52-1f0e-5b6e-9d43-2a3b5d6c7e55",
    "version": 3,
    "mission": "default",
    "satellite_id": "SAT-001",
    "stream": "realtime",
    "state": "unacknowledged",
    "annunciated": True,
    "priority": "high",
    "severity": "critical",
    "kind": "drift",
    "channel": "battery_temp",
    "subsystem": "eps",
    "unit": "°C",
    "explanation": "battery_temp 41.2 °C, forecast 24.8 ± 1.9 °C for 14 min",
    "onset": "2026-01-02T03:10:00.000Z",
    "end": "2026-01-02T03:24:00.000Z",
    "ongoing": True,
    "score": 9.7,
    "findings": 23,
    "affected": 16,
    "raised_at": "2026-01-02T09:00:03.010Z",
    "raised": 1,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "shelved_until": None,
    "suppressed": False,
    "out_of_service": False,
    "label": None,
    "merged_into": None,
    "opened_at": "2026-01-02T09:00:03.010Z",
    "updated_at": "2026-01-02T09:00:03.400Z",
}
ACT: dict[str, Any] = {
    "act_id": 4711,
    "at": "2026-01-02T09:03:10.000Z",
    "act": "acknowledged",
    "user": "ada",
    "comment": "looking into the heater",
    "detail": {},
    "state": "acknowledged",
    "version": 4,
}
FINDING: dict[str, Any] = {
    "finding_id": "b6a7c8d9-0e1f-5a2b-8c3d-4e5f6a7b8c9d",
    "source": "verdict",
    "subsystem": "eps",
    "channel": "battery_temp",
    "start": "2026-01-02T03:10:00.000Z",
    "end": "2026-01-02T03:24:00.000Z",
    "severity": "critical",
    "kind": "drift",
    "score": 9.7,
    "ongoing": True,
    "explanation": "battery_temp 41.2 °C, forecast 24.8 ± 1.9 °C for 14 min",
    "batch_uid": "0e5f0f5c-6d0e-5f0c-9a4d-0a7f2b9d5c11",
    "revision": 1,
}
GUIDANCE: dict[str, Any] = {
    "cause": "a heater that does not switch off, or a cell that fails",
    "consequence": "above 45 °C the battery ages fast, above 60 °C it may vent",
    "response": "switch the battery heaters off; shed the payload",
    "guidance": "procedure EPS-07",
}
OUT_OF_SERVICE: dict[str, Any] = {
    "entry_id": 12,
    "mission": "default",
    "satellite_id": "SAT-001",
    "channel": "gyro_x",
    "since": "2026-01-02T09:03:10.000Z",
    "user": "ada",
    "comment": "the sensor is being recalibrated",
    "returned_at": None,
    "returned_by": None,
}


class AlarmItem(ApiModel):
    """An incident and its alarm. It comes on the live stream, too, whenever it changes (`event: alarm`)."""

    model_config = example(ALARM)

    incident_id: str
    version: int = Field(description="rises with every change; an act names the version that it is about")
    mission: str
    satellite_id: str
    stream: Stream
    state: State = Field(
        description="ISA-18.2: pending (within the on-delay), unacknowledged, acknowledged, returned-unacknowledged "
        "(latched), returned (to normal, and acknowledged), cleared; logged: on record without an alarm"
    )
    annunciated: bool = Field(description="whether it asks for attention now: unacknowledged, and not kept quiet")
    priority: Priority = Field(description="how soon to act, from the mission file or else from the severity")
    severity: Severity = Field(description="the worst of its findings")
    kind: Kind = Field(description="how its cause deviates")
    channel: str | None = Field(description="the likely cause; null for the whole satellite")
    subsystem: str | None
    unit: str | None
    explanation: str
    onset: Instant = Field(description="event time of the first deviation")
    end: Instant = Field(description="event time of the last deviation so far")
    ongoing: bool = Field(description="whether it is not over, as far as telemetry tells")
    score: float = Field(description="the worst score; 1 is on the bound")
    findings: int
    affected: int = Field(description="channels that deviate, the cause among them")
    raised_at: Instant | None = Field(description="when it was raised last")
    raised: int = Field(description="how often it was raised")
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    shelved_until: Instant | None
    suppressed: bool = Field(description="suppressed by design: what was planned explains it")
    out_of_service: bool
    label: Label | None
    merged_into: str | None = Field(description="the incident that it has turned out to be part of")
    opened_at: Instant
    updated_at: Instant


class AlarmPage(Page[AlarmItem]):
    """A page of alarms, the newest incident first."""

    model_config = example({"items": [ALARM], "next": None})


class AffectedItem(ApiModel):
    """A channel of an incident."""

    model_config = example(CHANNEL)

    channel: str | None
    subsystem: str | None
    onset: Instant
    end: Instant
    severity: Severity
    kind: Kind
    score: float
    share: float = Field(description="of the evidence over the whole satellite, 0..1")


class FindingItem(ApiModel):
    """One thing that was found, and by whom."""

    model_config = example(FINDING)

    finding_id: str
    source: Source
    subsystem: str | None
    channel: str | None
    start: Instant
    end: Instant
    severity: Severity
    kind: Kind
    score: float
    ongoing: bool
    explanation: str
    batch_uid: str | None
    revision: int | None


class ActItem(ApiModel):
    """What happened to an incident, or was done about it; never changed afterwards."""

    model_config = example(ACT)

    act_id: int
    at: Instant
    act: str
    user: str | None = Field(description="who did it; null: the platform")
    comment: str | None
    detail: dict[str, Any]
    state: State = Field(description="of the alarm, after it")
    version: int = Field(description="of the incident, after it")


class GuidanceItem(ApiModel):
    """What the mission file says about alarms of this channel or its subsystem."""

    model_config = example(GUIDANCE)

    cause: str | None
    consequence: str | None
    response: str | None
    guidance: str | None


class AlarmDetail(AlarmItem):
    """One incident with everything about it."""

    model_config = example(
        {**ALARM, "channels": [CHANNEL], "advice": GUIDANCE, "latest_findings": [FINDING], "history": [ACT]}
    )

    channels: list[AffectedItem] = Field(description="the likely cause first")
    advice: GuidanceItem
    latest_findings: list[FindingItem] = Field(description="at most 200, the latest first")
    history: list[ActItem] = Field(description="at most 500, the latest first")


User = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
Comment = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]


class Act(ApiModel):
    """Something that a person does about an incident."""

    model_config = example({"user": "ada", "version": 3, "comment": "looking into the heater"}, forbid_extra=True)

    user: User = Field(description="who does it")
    version: int = Field(ge=1, description="the version of the incident that the person has seen")
    comment: Comment | None = None


class CommentAct(Act):
    """A comment."""

    model_config = example({"user": "ada", "version": 3, "comment": "the heater was on"}, forbid_extra=True)

    comment: Annotated[Comment, StringConstraints(min_length=1)]


class ShelveAct(Act):
    """A shelving: it always ends by itself."""

    model_config = example({"user": "ada", "version": 3, "comment": None, "minutes": 120}, forbid_extra=True)

    minutes: int = Field(ge=1, le=100_000, description="how long; the server's setting bounds it")


class LabelAct(Act):
    """What the incident really was."""

    model_config = example(
        {"user": "ada", "version": 3, "comment": "manoeuvre of yesterday", "label": "expected"}, forbid_extra=True
    )

    label: Label | None = Field(description="null takes a label back")


class OutOfServiceRequest(ApiModel):
    """A channel, or a whole satellite, whose alarms are not to be annunciated until it is returned to service."""

    model_config = example(
        {
            "mission": "default",
            "satellite_id": "SAT-001",
            "channel": "gyro_x",
            "user": "ada",
            "comment": "the sensor is being recalibrated",
        },
        forbid_extra=True,
    )

    mission: Annotated[str, StringConstraints(max_length=64)]
    satellite_id: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    channel: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]*$")] | None = None
    user: User
    comment: Annotated[Comment, StringConstraints(min_length=1)]


class ReturnRequest(ApiModel):
    """Back to service."""

    model_config = example({"user": "ada"}, forbid_extra=True)

    user: User


class OutOfServiceItem(ApiModel):
    """Something that is, or was, out of service."""

    model_config = example(OUT_OF_SERVICE)

    entry_id: int
    mission: str
    satellite_id: str
    channel: str | None
    since: Instant
    user: str
    comment: str
    returned_at: Instant | None
    returned_by: str | None


class OutOfServiceList(ApiModel):
    """What is out of service now."""

    model_config = example({"items": [OUT_OF_SERVICE]})

    items: list[OutOfServiceItem]
