"""What verdicts tell of: events as findings, and spans that were judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from operation_server import metrics
from operation_server.alarms import intake
from operation_server.alarms.intake import Judged, NewFinding, News, Scope
from operation_server.alarms.policy import Policy
from operation_server.alarms.rows import IncidentState, ms
from operation_server.missions_in_use import Missions
from operation_server.results.rows import ResultRows
from passwatch.alarms.findings import Finding, kind_of

EDGE_SAMPLES = 3
"""An event that comes within so many samples of the batch's end reaches it: what follows is not known."""


def take(
    connection: Connection,
    new: Sequence[ResultRows],
    newest: Mapping[tuple[str, str], datetime],
    horizon: timedelta,
    now: datetime,
    policy: Policy,
    missions: Missions,
) -> list[IncidentState]:
    """Take the verdicts of batches; events that ended longer than ``horizon`` before the newest sample raise nothing.

    Returns the incidents that have changed.
    """
    news: dict[Scope, News] = defaultdict(News)
    for rows in new:
        if rows.key is None or not rows.result.ranges or rows.result.verdict not in {"NOMINAL", "ANOMALY"}:
            continue
        result = rows.result
        scope = Scope(result.mission, result.satellite_id, result.stream)
        first = min(r.first_time for r in result.ranges)
        last = max(r.last_time for r in result.ranges)
        news[scope].judged.append(Judged(result.subsystem, result.batch_uid, result.revision, first, last))
        mission = missions.get(result.mission)
        cadence = mission.cadence_ms if mission else 1_000
        old = newest[result.satellite_id, result.mission] - horizon
        news[scope].findings += [
            _finding(rows, event, first, last, cadence, live=event["end_time"] >= old) for event in rows.events
        ]
    changed = []
    for scope in sorted(news, key=lambda s: (s.mission, s.satellite_id, s.stream)):
        changed += intake.take(connection, scope, news[scope], now, policy, missions)
    for state in changed:
        if state.version == 1:
            metrics.INCIDENTS.labels(state.alarm.state, state.severity).inc()
    return changed


def _finding(
    rows: ResultRows, event: Mapping[str, object], first: int, last: int, cadence: int, *, live: bool
) -> NewFinding:
    start, end = ms(event["start_time"]), ms(event["end_time"])  # type: ignore[arg-type]
    edge = EDGE_SAMPLES * cadence
    at_end = end >= last - edge
    found = Finding(
        finding_id=str(event["event_id"]),
        source="verdict",
        subsystem=rows.result.subsystem,
        channel=str(event["channel"]),
        start=start,
        end=end,
        severity=event["severity"],  # type: ignore[arg-type]
        kind=kind_of(str(event["detector"]), end - start, cadence),
        score=float(event["score"]),  # type: ignore[arg-type]
        at_start=start <= first + edge,
        at_end=at_end,
        ongoing=at_end,
    )
    return NewFinding(found, str(event["explanation"]), live, rows.result.batch_uid, rows.result.revision)
