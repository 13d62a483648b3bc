"""Alarms: listed, explained, and acted on."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

from operation_server.alarms import queries
from operation_server.alarms.answers import alarm_detail, alarm_item
from operation_server.alarms.queries import Filter
from operation_server.alarms.schemas import (
    Act,
    AlarmDetail,
    AlarmItem,
    AlarmPage,
    CommentAct,
    Label,
    LabelAct,
    OutOfServiceItem,
    OutOfServiceList,
    OutOfServiceRequest,
    ReturnRequest,
    ShelveAct,
)
from operation_server.alarms.verbs import Verbs
from operation_server.services import MissionsDep, ReaderDep, provided
from operation_server.web import params
from operation_server.web.paging import Position, cut, decode_position
from operation_server.web.problems import NotFound
from operation_server.web.responses import problems
from passwatch.alarms.findings import Severity
from passwatch.alarms.lifecycle import State
from passwatch.contracts import Stream
from passwatch.mission import Priority

VerbsDep = Annotated[Verbs, provided(Verbs)]
LIST = "alarms"
router = APIRouter(prefix="/alarms", tags=["alarms"])
IncidentId = Annotated[UUID, Path(description="the incident's id")]
ACT: dict[int | str, dict[str, Any]] = problems(404, 409)


@router.get("")
def list_alarms(
    *,
    reader: ReaderDep,
    missions: MissionsDep,
    standing: Annotated[
        bool | None, Query(description="true: those that need, or have, attention; false: cleared and logged ones")
    ] = None,
    state: Annotated[State | None, Query(description="only alarms in this state")] = None,
    severity: Annotated[Severity | None, Query(description="only this severity")] = None,
    priority: Annotated[Priority | None, Query(description="only this priority")] = None,
    label: Annotated[Label | None, Query(description="only incidents with this label")] = None,
    stream: Annotated[Stream | None, Query(description="only incidents of this stream")] = None,
    mission: params.MissionFilter = None,
    satellite_id: params.SatelliteFilter = None,
    subsystem: params.SubsystemFilter = None,
    channel: Annotated[str | None, Query(max_length=128, description="only incidents that affect this channel")] = None,
    first: params.From = None,
    last: params.To = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> AlarmPage:
    """List incidents with their alarms, those that became known last first; `from` and `to` are event times."""
    wanted = Filter(
        state, standing, severity, priority, label, stream, mission, satellite_id, subsystem, channel, first, last
    )
    position = decode_position(LIST, cursor)
    with reader.connect() as connection:
        states = queries.page(connection, wanted, position, limit + 1)
    found = [(Position(s.opened_at, s.incident_id), alarm_item(s, missions)) for s in states]
    items, following = cut(LIST, found, limit)
    return AlarmPage(items=items, next=following)


@router.get("/out-of-service")
def list_out_of_service(reader: ReaderDep) -> OutOfServiceList:
    """List the channels and satellites that are out of service now."""
    with reader.connect() as connection:
        rows = queries.services(connection)
    return OutOfServiceList(items=[OutOfServiceItem(**row) for row in rows])


@router.post("/out-of-service", status_code=201, responses=ACT)
def take_out_of_service(*, verbs: VerbsDep, request: OutOfServiceRequest) -> OutOfServiceItem:
    """Have alarms of a channel, or of a satellite, not annunciated until it is returned to service.

    Incidents are still found, listed and counted.
    """
    return verbs.take_out_of_service(request)


@router.post("/out-of-service/{entry_id}/return", responses=ACT)
def return_to_service(
    *, verbs: VerbsDep, entry_id: Annotated[int, Path(ge=1, le=2**62)], act: ReturnRequest
) -> OutOfServiceItem:
    """Annunciate its alarms again, those that came meanwhile and are unacknowledged at once."""
    return verbs.return_to_service(entry_id, act.user)


@router.get("/{incident_id}", responses=problems(404))
def get_alarm(*, reader: ReaderDep, missions: MissionsDep, incident_id: IncidentId) -> AlarmDetail:
    """One incident: its channels, its findings, what to do, and its history."""
    with reader.connect() as connection:
        state = queries.find(connection, str(incident_id))
        if state is None:
            raise NotFound(f"there is no incident {incident_id}")
        findings = queries.findings(connection, state.incident_id)
        history = queries.history(connection, state.incident_id)
    return alarm_detail(state, findings, history, missions)


@router.post("/{incident_id}/acknowledge", responses=ACT)
def acknowledge(*, verbs: VerbsDep, incident_id: IncidentId, act: Act) -> AlarmItem:
    """Say that somebody has seen it.

    All acts name the version that the person has seen. If it has changed since, or the act does not fit its state,
    the answer is 409 and has the incident as it is now under `current`.
    """
    return verbs.acknowledge(str(incident_id), act)


@router.post("/{incident_id}/comment", responses=ACT)
def comment(*, verbs: VerbsDep, incident_id: IncidentId, act: CommentAct) -> AlarmItem:
    """Add a comment to its history."""
    return verbs.comment(str(incident_id), act)


@router.post("/{incident_id}/shelve", responses=ACT)
def shelve(*, verbs: VerbsDep, incident_id: IncidentId, act: ShelveAct) -> AlarmItem:
    """Keep it from being annunciated for some minutes; it comes back by itself."""
    return verbs.shelve(str(incident_id), act)


@router.post("/{incident_id}/unshelve", responses=ACT)
def unshelve(*, verbs: VerbsDep, incident_id: IncidentId, act: Act) -> AlarmItem:
    """End its shelving now."""
    return verbs.unshelve(str(incident_id), act)


@router.post("/{incident_id}/label", responses=ACT)
def label(*, verbs: VerbsDep, incident_id: IncidentId, act: LabelAct) -> AlarmItem:
    """Say what it really was: confirmed, nuisance, expected, or a test."""
    return verbs.label(str(incident_id), act)


@router.post("/{incident_id}/clear", responses=ACT)
def clear(*, verbs: VerbsDep, incident_id: IncidentId, act: Act) -> AlarmItem:
    """Say that it is done with: only what is acknowledged, and normal again, can be cleared."""
    return verbs.clear(str(incident_id), act)
