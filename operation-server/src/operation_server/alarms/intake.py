"""Findings into incidents, within the transaction of what found them.

One writer at a time works on a satellite's incidents: each holds an advisory lock of the satellite and stream.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from operation_server.alarms import rows
from operation_server.alarms.policy import Policy
from operation_server.alarms.rows import IncidentState
from operation_server.alarms.tables import finding, incident
from operation_server.db.rows import Row
from operation_server.missions_in_use import Missions
from operation_server.times import from_ms
from passwatch import ids
from passwatch.alarms import lifecycle
from passwatch.alarms.findings import Finding
from passwatch.alarms.incidents import groups, summarise
from passwatch.contracts import Stream

f = finding.c


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose incidents: findings of different scopes have nothing to do with each other."""

    mission: str
    satellite_id: str
    stream: Stream


@dataclass(frozen=True, slots=True)
class NewFinding:
    """A finding, in words, and the judgement that it is of. ``live``: recent enough to raise an alarm."""

    finding: Finding
    explanation: str
    live: bool
    batch_uid: str | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A subsystem's batch was judged in this span of event time (ms): earlier findings there are over."""

    subsystem: str
    batch_uid: str
    revision: int
    first: int
    last: int


@dataclass(slots=True)
class News:
    """What a transaction knows anew of one scope."""

    findings: list[NewFinding] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)


def take(
    connection: Connection, scope: Scope, news: News, now: datetime, policy: Policy, missions: Missions
) -> list[IncidentState]:
    """Take what is new; returns the incidents that have changed, as they are now."""
    mode = policy.modes.get(scope.stream, "log")
    if mode == "off" or not (news.findings or news.judged):
        return []
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_key(scope), 0))))
    touched = set[str]()
    for judged in sorted(news.judged, key=lambda j: (j.first, j.revision)):
        touched |= _supersede(connection, judged) | _over(connection, scope, judged)
    found = [new for new in news.findings if _is_latest(connection, new)]
    placed = _place(connection, scope, found, policy, now)
    arrivals: dict[str, list[NewFinding]] = defaultdict(list)
    for new in found:
        arrivals[placed.of[new.finding.finding_id]].append(new)
    changed = []
    for incident_id in sorted((touched | set(arrivals)) - placed.merged.keys()):
        others = [old for old, into in placed.merged.items() if into == incident_id]
        state = _renew(connection, scope, incident_id, arrivals[incident_id], others, now, policy, missions, mode)
        if state is not None:
            changed.append(state)
    return changed


def _key(scope: Scope) -> str:
    return f"incidents/{scope.mission}/{scope.satellite_id}/{scope.stream}"


def _supersede(connection: Connection, judged: Judged) -> set[str]:
    """A later revision of a batch was judged: what the former ones found is no longer said."""
    old = (f.batch_uid == judged.batch_uid) & (f.subsystem == judged.subsystem) & (f.revision < judged.revision)
    return set(
        connection.scalars(
            update(finding).where(old, f.current).values(current=False, ongoing=False).returning(f.incident_id)
        )
    )


def _over(connection: Connection, scope: Scope, judged: Judged) -> set[str]:
    """What began before the span and is not found in it is over, and so is what limits showed within it."""
    here = (f.satellite_id == scope.satellite_id) & (f.mission == scope.mission) & (f.stream == scope.stream)
    here &= (f.subsystem == judged.subsystem) & f.current & f.ongoing
    earlier = (f.source == "verdict") & (f.end_time < from_ms(judged.first))
    live = (f.source == "limits") & (f.end_time <= from_ms(judged.last))
    return set(
        connection.scalars(
            update(finding).where(here, or_(earlier, live)).values(ongoing=False).returning(f.incident_id)
        )
    )


def _is_latest(connection: Connection, new: NewFinding) -> bool:
    """Whether no later revision of its batch was judged before it came."""
    if new.batch_uid is None:
        return True
    later = (f.batch_uid == new.batch_uid) & (f.subsystem == new.finding.subsystem) & (f.revision > (new.revision or 0))
    return connection.execute(select(f.finding_id).where(later).limit(1)).first() is None


@dataclass(frozen=True, slots=True)
class _Placed:
    of: dict[str, str]
    """The incident of each new finding."""
    merged: dict[str, str]
    """Incidents that have turned out to be part of another."""


def _place(connection: Connection, scope: Scope, new: Sequence[NewFinding], policy: Policy, now: datetime) -> _Placed:
    """Store findings, each in the incident that it belongs to; incidents that belong together become one."""
    if not new:
        return _Placed({}, {})
    reach = policy.joining.reach_ms
    near = select(finding).where(
        (f.satellite_id == scope.satellite_id) & (f.mission == scope.mission) & (f.stream == scope.stream) & f.current,
        f.end_time >= from_ms(max(0, min(n.finding.start for n in new) - reach)),
        f.start_time <= from_ms(max(n.finding.end for n in new) + reach),
    )
    known = {row["finding_id"]: row for row in connection.execute(near).mappings()}
    # What a former revision of the batch found says to which incident the corrected findings belong.
    former = select(finding).where(f.batch_uid.in_({n.batch_uid for n in new if n.batch_uid}), ~f.current)
    known |= {row["finding_id"]: row for row in connection.execute(former).mappings()}
    incident_of = {finding_id: row["incident_id"] for finding_id, row in known.items()}
    by_id = {finding_id: rows.finding_of(row) for finding_id, row in known.items()}
    by_id |= {n.finding.finding_id: n.finding for n in new}
    arrived = {n.finding.finding_id for n in new}
    one: dict[str, str] = {}
    merged: dict[str, str] = {}
    for group in groups(by_id.values(), policy.joining):
        members = [found.finding_id for found in group]
        if arrived.isdisjoint(members):
            continue
        existing = {_root(merged, incident_of[m]) for m in members if m in incident_of}
        home = _oldest(connection, existing) if existing else ids.incident_id(members[0])
        merged |= dict.fromkeys(existing - {home}, home)
        one |= {member: home for member in members if member in arrived}
    one = {member: _root(merged, home) for member, home in one.items()}
    _open(connection, scope, set(one.values()), now)
    for other, home in merged.items():
        connection.execute(update(finding).where(f.incident_id == other).values(incident_id=_root(merged, home)))
    _store(connection, scope, new, one)
    return _Placed(one, {other: _root(merged, home) for other, home in merged.items()})


def _root(merged: dict[str, str], incident_id: str) -> str:
    while incident_id in merged:
        incident_id = merged[incident_id]
    return incident_id


def _oldest(connection: Connection, incidents: set[str]) -> str:
    if len(incidents) == 1:
        return next(iter(incidents))
    order = select(incident.c.incident_id).where(incident.c.incident_id.in_(incidents))
    found: str = connection.execute(order.order_by(incident.c.opened_at, incident.c.incident_id).limit(1)).scalar_one()
    return found


def _open(connection: Connection, scope: Scope, incidents: set[str], now: datetime) -> None:
    """Rows for incidents that are new; what they are is written when their findings are stored."""
    if not incidents:
        return
    connection.execute(
        insert(incident).on_conflict_do_nothing(),
        [
            {
                "incident_id": incident_id,
                "mission": scope.mission,
                "satellite_id": scope.satellite_id,
                "stream": scope.stream,
                "opened_at": now,
                **rows.EMPTY,
                "onset": now,
                "end_time": now,
                "active_since": now,
            }
            for incident_id in sorted(incidents)
        ],
    )


def _store(connection: Connection, scope: Scope, new: Sequence[NewFinding], one: dict[str, str]) -> None:
    values = [
        {
            **rows.finding_fields(n.finding),
            "incident_id": one[n.finding.finding_id],
            "mission": scope.mission,
            "satellite_id": scope.satellite_id,
            "stream": scope.stream,
            "explanation": n.explanation,
            "batch_uid": n.batch_uid,
            "revision": n.revision,
            "current": True,
        }
        for n in new
    ]
    statement = insert(finding)
    grows = ("end_time", "severity", "kind", "score", "at_end", "ongoing", "explanation")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[f.finding_id],
            set_={name: statement.excluded[name] for name in grows},
            where=statement.excluded.end_time >= f.end_time,
        ),
        values,
    )


def _renew(
    connection: Connection,
    scope: Scope,
    incident_id: str,
    new: Sequence[NewFinding],
    others: Sequence[str],
    now: datetime,
    policy: Policy,
    missions: Missions,
    mode: str,
) -> IncidentState | None:
    """Write what an incident is with its findings as they are now, and what that means for its alarm."""
    locked = select(incident).where(incident.c.incident_id.in_([incident_id, *others]))
    found = {
        row["incident_id"]: row
        for row in connection.execute(locked.order_by(incident.c.incident_id).with_for_update()).mappings()
    }
    before = rows.state_of(found[incident_id])
    state = before
    for other in others:
        state = _merge(connection, state, rows.state_of(found[other]), now)
    of_it = select(finding).where(f.incident_id == incident_id, f.current).order_by(f.start_time, f.finding_id)
    current = list(connection.execute(of_it).mappings())
    live = mode == "raise" and any(n.live for n in new)
    state = _summarised(state, current, scope, missions) if current else state.but(ongoing=False, findings=0)
    state = _alarmed(connection, before, state, new, live, now, policy)
    if state == before:
        return None
    state = state.but(version=before.version + 1, updated_at=now)
    rows.write(connection, state)
    for act, detail in _acts(before, state, new, others):
        rows.put_act(connection, state, act, detail=detail)
    return state


def _merge(connection: Connection, state: IncidentState, other: IncidentState, now: datetime) -> IncidentState:
    """Take over what another incident was towards people; it is then no more than a reference to this one."""
    alarm = other.alarm if state.is_new else lifecycle.merge(state.alarm, other.alarm)
    gone = other.but(
        alarm=lifecycle.log(other.alarm.severity, active=False, now=rows.ms(now)),
        merged_into=state.incident_id,
        version=other.version + 1,
        findings=0,
        ongoing=False,
        updated_at=now,
    )
    rows.write(connection, gone)
    rows.put_act(connection, gone, "merged", detail={"into": state.incident_id})
    by = state.acknowledged_by if state.alarm.acknowledged_at == alarm.acknowledged_at else other.acknowledged_by
    return state.but(alarm=alarm, acknowledged_by=by, label=state.label or other.label)


def _summarised(state: IncidentState, current: Sequence[Row], scope: Scope, missions: Missions) -> IncidentState:
    whole = summarise([rows.finding_of(row) for row in current])
    cause = whole.cause
    mine = [r for r in current if (r["subsystem"], r["channel"]) == (cause.subsystem, cause.channel)]
    words = max(mine, key=lambda r: (r["score"], r["finding_id"]))["explanation"]
    guidance = rows.guidance(missions, scope.mission, cause.subsystem, cause.channel)
    return state.but(
        onset=from_ms(whole.onset),
        end_time=from_ms(whole.end),
        ongoing=whole.ongoing,
        channel=cause.channel,
        subsystem=cause.subsystem,
        kind=whole.kind,
        severity=whole.severity,
        score=whole.score,
        findings=whole.findings,
        channels=[rows.channel_fields(c) for c in whole.channels],
        explanation=words,
        priority=guidance.priority or rows.PRIORITY[whole.severity],
    )


def _alarmed(
    connection: Connection,
    before: IncidentState,
    state: IncidentState,
    new: Sequence[NewFinding],
    live: bool,
    now: datetime,
    policy: Policy,
) -> IncidentState:
    at, alarm = rows.ms(now), state.alarm
    if alarm.state == "logged":
        if live:
            alarm = lifecycle.begin(state.severity, active=state.ongoing, now=at, rules=policy.rules)
        elif state.is_new or alarm.severity != state.severity:
            alarm = lifecycle.log(state.severity, active=state.ongoing, now=at)
    else:
        anew = any(n.live and n.finding.start > rows.ms(before.end_time) for n in new)
        if anew and alarm.state in {"returned", "cleared"}:
            alarm = lifecycle.comes_back(alarm, state.severity, active=state.ongoing, now=at)
        elif live:
            alarm = lifecycle.worse(alarm, state.severity, at)
        active = state.ongoing and (live or alarm.active)
        if active or alarm.state != "cleared":
            alarm = lifecycle.condition(alarm, active=active, now=at, rules=policy.rules)
    alarm = lifecycle.service(alarm, out=rows.is_out_of_service(connection, state))
    return state.but(alarm=alarm, acknowledged_by=state.acknowledged_by if alarm.acknowledged_at else None)


def _acts(
    before: IncidentState, state: IncidentState, new: Sequence[NewFinding], others: Sequence[str]
) -> list[tuple[str, dict[str, Any]]]:
    """What has happened, for the history: the platform's own acts."""
    was, now = before.alarm, state.alarm
    happened: list[tuple[str, dict[str, Any]]] = [("took over", {"incident_id": other}) for other in others]
    if before.is_new or was.state == "logged" != now.state:
        what = "logged" if now.state == "logged" else "pending" if now.state == "pending" else "raised"
        happened.append((what, {"severity": state.severity, "channel": state.channel}))
    elif now.raised > was.raised and not others:
        happened.append(("raised again", {"severity": state.severity, "channel": state.channel}))
    elif new and (state.findings, state.severity) != (before.findings, before.severity):
        happened.append(("grew", {"findings": state.findings, "severity": state.severity}))
    elif state.findings < before.findings:
        happened.append(("corrected", {"findings": state.findings}))
    if was.state != now.state and now.state in {"returned", "returned-unacknowledged"} and not before.is_new:
        happened.append(("returned to normal", {}))
    if not before.is_new and not new and was.state != "cleared" == now.state:
        happened.append(("cleared", {}))
    return happened or [("changed", {})]
