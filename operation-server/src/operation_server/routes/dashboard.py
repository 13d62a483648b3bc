"""What the dashboard shows at a glance."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from operation_server.paging import Position, cut, decode_position
from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.routes.responses import problems
from operation_server.schemas.common import SeverityName
from operation_server.schemas.dashboard import AnomalyPage, DashboardStats, FeatureList
from operation_server.store import dashboard, events
from operation_server.store.events import EventFilter
from operation_server.trends.features import feature_list
from operation_server.trends.subject import find_span, find_subject

LIST = "anomalies"
router = APIRouter(prefix="/dashboard", tags=["dashboard"])


@router.get("/stats")
def stats(deps: Deps) -> DashboardStats:
    """Counts of satellites, batches, verdicts and events, and the time to a verdict."""
    with deps.engine.connect() as connection:
        return dashboard.stats(connection)


@router.get("/features", response_model=FeatureList, responses=problems(404))
def features(
    *,
    deps: Deps,
    satellite_id: params.Satellite,
    mission: params.SatelliteMission = None,
    range: params.Range = None,
    from_: params.From = None,
    to: params.To = None,
    points: Annotated[int, Query(ge=params.POINTS_MIN, le=500, description="points of a sparkline at most")] = 64,
) -> Response:
    """Every channel of a satellite at a glance: latest value, extremes, sparkline, verdict and events of the span."""
    subject = find_subject(deps.engine, deps.missions, satellite_id, mission)
    span, name = find_span(subject.heard, range, from_, to)
    question = {"span": (span.start, span.end), "range": name, "points": points}
    body = deps.cache.get_or_make(
        "features",
        FeatureList,
        subject.heard,
        question,
        lambda: feature_list(deps, subject, span, name, points),
    )
    return Response(body, media_type="application/json")


@router.get("/anomalies")
def anomalies(
    *,
    deps: Deps,
    satellite_id: params.SatelliteFilter = None,
    mission: params.MissionFilter = None,
    subsystem: params.SubsystemFilter = None,
    channel: params.ChannelFilter = None,
    severity: Annotated[SeverityName | None, Query(description="only events of this severity")] = None,
    from_: params.From = None,
    to: params.To = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> AnomalyPage:
    """List anomaly events of the current revisions, the latest start first.

    `from` and `to` select events that touch the span.
    """
    wanted = EventFilter(satellite_id, mission, subsystem, channel, severity, from_, to)
    position = decode_position(LIST, cursor)
    with deps.engine.connect() as connection:
        found = events.current_page(connection, wanted, position, limit + 1, deps.missions)
    items, following = cut(LIST, [(Position(e.start, e.event_id), e) for e in found], limit)
    return AnomalyPage(items=items, next=following)
