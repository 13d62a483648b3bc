"""Incidents as they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, tuple_

from operation_server.alarms import rows
from operation_server.alarms.rows import IncidentState
from operation_server.alarms.tables import finding, incident, incident_act, out_of_service
from operation_server.db.rows import Row
from operation_server.web.paging import Position

i = incident.c
FINDINGS_SHOWN, ACTS_SHOWN = 200, 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which incidents; None: all. ``standing``: whether they need, or have, somebody's attention."""

    state: str | None = None
    standing: bool | None = None
    severity: str | None = None
    priority: str | None = None
    label: str | None = None
    stream: str | None = None
    mission: str | None = None
    satellite_id: str | None = None
    subsystem: str | None = None
    channel: str | None = None
    first: datetime | None = None
    last: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions on the incident's row. Incidents that are part of another are not listed."""
        named = ("state", "severity", "priority", "label", "stream", "mission", "satellite_id", "subsystem")
        given = [incident.c[name] == getattr(self, name) for name in named if getattr(self, name) is not None]
        if self.channel is not None:
            given.append(i.channels.contains([{"channel": self.channel}]))
        if self.standing is not None:
            quiet = i.state.in_(("cleared", "logged"))
            given.append(~quiet if self.standing else quiet)
        if self.first is not None:
            given.append(i.end_time >= self.first)
        if self.last is not None:
            given.append(i.onset <= self.last)
        return [*given, i.merged_into.is_(None)]


def page(connection: Connection, wanted: Filter, position: Position | None, limit: int) -> list[IncidentState]:
    """Incidents that match: the newest first."""
    statement = select(incident).where(*wanted.conditions())
    if position is not None:
        statement = statement.where(tuple_(i.opened_at, i.incident_id) < tuple_(position.at, position.id))
    found = connection.execute(statement.order_by(i.opened_at.desc(), i.incident_id.desc()).limit(limit)).mappings()
    return [rows.state_of(row) for row in found]


def find(connection: Connection, incident_id: str) -> IncidentState | None:
    """One incident."""
    row = connection.execute(select(incident).where(i.incident_id == incident_id)).mappings().first()
    return None if row is None else rows.state_of(row)


def findings(connection: Connection, incident_id: str) -> Sequence[Row]:
    """The latest of an incident's findings that are still said, the latest first."""
    of = finding.c
    found = select(finding).where(of.incident_id == incident_id, of.current)
    return (
        connection.execute(found.order_by(of.start_time.desc(), of.finding_id).limit(FINDINGS_SHOWN)).mappings().all()
    )


def history(connection: Connection, incident_id: str) -> Sequence[Row]:
    """What happened to an incident, the latest first."""
    acts = select(incident_act).where(incident_act.c.incident_id == incident_id)
    return connection.execute(acts.order_by(incident_act.c.act_id.desc()).limit(ACTS_SHOWN)).mappings().all()


def services(connection: Connection) -> Sequence[Row]:
    """What is out of service now, the latest first."""
    of = out_of_service.c
    found = select(out_of_service).where(of.returned_at.is_(None)).order_by(of.since.desc(), of.entry_id.desc())
    return connection.execute(found).mappings().all()
