"""`limit.findings` into the database: what limit-monitor found becomes part of an incident, or begins one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, func, select, tuple_

from operation_server import metrics
from operation_server.alarms import intake
from operation_server.alarms.answers import alarm_item
from operation_server.alarms.intake import NewFinding, News, Scope
from operation_server.alarms.policy import Policy
from operation_server.consume.writing import Writer
from operation_server.db.gate import SchemaGate
from operation_server.db.tables import satellite
from operation_server.live import queries as live
from operation_server.missions_in_use import Missions
from operation_server.results.notices import LIVE_WINDOW
from operation_server.times import from_ms
from passwatch.alarms.findings import Finding
from passwatch.contracts import LimitFinding
from passwatch.streaming.handler import Handler
from passwatch.streaming.messages import RawMessage, decode, kind_of, read_headers
from passwatch.topics import LIMIT_FINDINGS

log = structlog.get_logger()


def limits_handler(engine: Engine, gate: SchemaGate, missions: Missions, policy: Policy) -> Handler[LimitFinding]:
    """Stores findings of limits, each as part of an incident."""
    writer = Writer(engine, gate, LIMIT_FINDINGS)

    def store(connection: Connection, found: Sequence[LimitFinding]) -> int:
        return _store(connection, found, missions, policy)

    def write(found: Sequence[LimitFinding]) -> None:
        changed, seconds = writer.write(found, store)
        log.info("limit_findings_stored", findings=len(found), incidents=changed, seconds=round(seconds, 4))

    return Handler(_read, write)


def _read(message: RawMessage) -> LimitFinding:
    kind_of(read_headers(message), LimitFinding)
    return decode(message, LimitFinding)


def _store(connection: Connection, found: Sequence[LimitFinding], missions: Missions, policy: Policy) -> int:
    """Store findings; how many incidents have changed."""
    by_scope: dict[Scope, dict[str, LimitFinding]] = defaultdict(dict)
    for one in found:
        by_scope[Scope(one.mission, one.satellite_id, one.stream)][one.finding_id] = one  # the latest says it all
    newest = _newest(connection, by_scope)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    changed = []
    for scope in sorted(by_scope, key=lambda s: (s.mission, s.satellite_id, s.stream)):
        news = News(findings=[_new(one, newest.get(scope)) for one in by_scope[scope].values()])
        changed += intake.take(connection, scope, news, now, policy, missions)
    for state in changed:
        if state.version == 1:
            metrics.INCIDENTS.labels(state.alarm.state, state.severity).inc()
    if changed:
        live.lock(connection)
        live.append(connection, [("alarm", alarm_item(state, missions).model_dump_json()) for state in changed])
    return len(changed)


def _newest(connection: Connection, scopes: Collection[Scope]) -> dict[Scope, datetime]:
    of = satellite.c
    wanted = tuple_(of.satellite_id, of.mission).in_({(s.satellite_id, s.mission) for s in scopes})
    rows = connection.execute(select(of.satellite_id, of.mission, of.newest_sample).where(wanted))
    known = {(satellite_id, mission): at for satellite_id, mission, at in rows if at is not None}
    return {s: known[s.satellite_id, s.mission] for s in scopes if (s.satellite_id, s.mission) in known}


def _new(one: LimitFinding, newest: datetime | None) -> NewFinding:
    # Telemetry may be newer than all that was judged, and then it is live; a first pass is compared with its arrival.
    reference = (newest if newest is not None else from_ms(one.broker_time)) - LIVE_WINDOW
    found = Finding(
        finding_id=one.finding_id,
        source="limits",
        subsystem=one.subsystem,
        channel=one.channel,
        start=one.start,
        end=one.end,
        severity=one.severity,
        kind="limit",
        score=one.score,
        at_start=False,
        at_end=one.ongoing,
        ongoing=one.ongoing,
    )
    return NewFinding(found, one.explanation, live=from_ms(one.end) >= reference)
