"""Incidents and findings as rows, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from operation_server.alarms.tables import incident, incident_act, out_of_service
from operation_server.db.rows import Row
from operation_server.missions_in_use import Missions
from operation_server.times import from_ms
from passwatch.alarms.findings import Finding, Severity
from passwatch.alarms.incidents import AffectedChannel
from passwatch.alarms.lifecycle import Alarm
from passwatch.mission import Guidance, Priority

PRIORITY: dict[Severity, Priority] = {"watch": "low", "warning": "medium", "critical": "high"}
"""The priority of an alarm whose mission gives none."""
EMPTY: dict[str, Any] = {
    "version": 0,
    "ongoing": False,
    "channel": None,
    "subsystem": None,
    "kind": "step",
    "severity": "watch",
    "score": 0.0,
    "findings": 0,
    "channels": [],
    "explanation": "",
    "priority": "low",
    "state": "logged",
    "alarm_severity": "watch",
    "active": False,
    "raised": 0,
    "suppressed": False,
    "out_of_service": False,
}
"""A row that is about to be written for the first time: of version 0."""


@dataclass(frozen=True, slots=True)
class IncidentState:
    """A row of ``incident``; what concerns the alarm is one value."""

    incident_id: str
    mission: str
    satellite_id: str
    stream: str
    version: int
    onset: datetime
    end_time: datetime
    ongoing: bool
    channel: str | None
    subsystem: str | None
    kind: str
    severity: Severity
    score: float
    findings: int
    channels: list[dict[str, Any]]
    explanation: str
    priority: str
    alarm: Alarm
    acknowledged_by: str | None
    label: str | None
    merged_into: str | None
    opened_at: datetime
    updated_at: datetime

    @property
    def is_new(self) -> bool:
        """Whether nobody has seen it yet."""
        return self.version == 0

    def but(self, **changes: Any) -> IncidentState:
        """The same with changes."""
        return replace(self, **changes)


_DIRECT = [name for name in IncidentState.__dataclass_fields__ if name != "alarm"]


def ms(at: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(at.timestamp() * 1000)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else ms(at)


def _at(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)


def state_of(row: Row) -> IncidentState:
    """From a row."""
    alarm = Alarm(
        state=row["state"],
        severity=row["alarm_severity"],
        active=row["active"],
        active_since=ms(row["active_since"]),
        raised_at=_ms(row["raised_at"]),
        raised=row["raised"],
        acknowledged_at=_ms(row["acknowledged_at"]),
        shelved_until=_ms(row["shelved_until"]),
        suppressed=row["suppressed"],
        out_of_service=row["out_of_service"],
    )
    return IncidentState(alarm=alarm, **{name: row[name] for name in _DIRECT})


def fields(state: IncidentState) -> dict[str, Any]:
    """As a row."""
    alarm = state.alarm
    return {name: getattr(state, name) for name in _DIRECT} | {
        "state": alarm.state,
        "alarm_severity": alarm.severity,
        "active": alarm.active,
        "active_since": _at(alarm.active_since),
        "raised_at": _at(alarm.raised_at),
        "raised": alarm.raised,
        "acknowledged_at": _at(alarm.acknowledged_at),
        "shelved_until": _at(alarm.shelved_until),
        "suppressed": alarm.suppressed,
        "out_of_service": alarm.out_of_service,
    }


def write(connection: Connection, state: IncidentState) -> None:
    """Write an incident that is there."""
    connection.execute(update(incident).where(incident.c.incident_id == state.incident_id).values(fields(state)))


def put_act(
    connection: Connection,
    state: IncidentState,
    act: str,
    *,
    user: str | None = None,
    comment: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append to the incident's history; ``state`` is as it is after the act."""
    values = {
        "incident_id": state.incident_id,
        "act": act,
        "user": user,
        "comment": comment,
        "detail": detail or {},
        "state": state.alarm.state,
        "version": state.version,
    }
    connection.execute(insert(incident_act).values(values))


def finding_of(row: Row) -> Finding:
    """From a row of ``finding``."""
    return Finding(
        finding_id=row["finding_id"],
        source=row["source"],
        subsystem=row["subsystem"],
        channel=row["channel"],
        start=ms(row["start_time"]),
        end=ms(row["end_time"]),
        severity=row["severity"],
        kind=row["kind"],
        score=row["score"],
        at_start=row["at_start"],
        at_end=row["at_end"],
        ongoing=row["ongoing"],
    )


def finding_fields(finding: Finding) -> dict[str, Any]:
    """A finding as a row; whose it is comes beside it."""
    return {
        "finding_id": finding.finding_id,
        "source": finding.source,
        "subsystem": finding.subsystem,
        "channel": finding.channel,
        "start_time": from_ms(finding.start),
        "end_time": from_ms(finding.end),
        "severity": finding.severity,
        "kind": finding.kind,
        "score": finding.score,
        "at_start": finding.at_start,
        "at_end": finding.at_end,
        "ongoing": finding.ongoing,
    }


def channel_fields(channel: AffectedChannel) -> dict[str, Any]:
    """A channel of an incident, for its row."""
    return {
        "channel": channel.channel,
        "subsystem": channel.subsystem,
        "onset": channel.onset,
        "end": channel.end,
        "severity": channel.severity,
        "kind": channel.kind,
        "score": channel.score,
        "share": round(channel.share, 4),
    }


def guidance(missions: Missions, mission: str, subsystem: str | None, channel: str | None) -> Guidance:
    """What the mission says about alarms of a channel, or of its subsystem."""
    found = missions.get(mission)
    return found.guidance(subsystem, channel) if found else Guidance()


def is_out_of_service(connection: Connection, state: IncidentState) -> bool:
    """Whether its satellite, or the channel that is its cause, is out of service."""
    of = out_of_service.c
    here = (of.satellite_id == state.satellite_id) & (of.mission == state.mission) & of.returned_at.is_(None)
    whole = or_(of.channel.is_(None), of.channel == state.channel)
    return bool(connection.execute(select(exists().where(here, whole))).scalar_one())
