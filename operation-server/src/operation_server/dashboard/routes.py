"""What the dashboard shows at a glance."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from operation_server.dashboard import queries as dashboard
from operation_server.dashboard.features import Cards, feature_list
from operation_server.dashboard.schemas import AnomalyPage, DashboardStats, FeatureList
from operation_server.events import queries as events
from operation_server.events.answers import event_item
from operation_server.events.queries import EventFilter
from operation_server.satellites.subject import find_span, find_subject
from operation_server.services import MissionsDep, ReaderDep, provided
from operation_server.trends.cache import TrendCache
from operation_server.web import params
from operation_server.web.paging import Position, cut, decode_position
from operation_server.web.responses import problems
from operation_server.web.schemas import SeverityName

LIST = "anomalies"
router = APIRouter(prefix="/dashboard", tags=["dashboard"])


@router.get("/stats")
def stats(reader: ReaderDep) -> DashboardStats:
    """Counts of satellites, batches, verdicts and events, and the time to a verdict."""
    with reader.connect() as connection:
        counts = dashboard.stats(connection)
    return DashboardStats.model_validate(counts)


@router.get("/features", response_model=FeatureList, responses=problems(404))
def features(
    *,
    cards: Annotated[Cards, Depends()],
    cache: Annotated[TrendCache, provided(TrendCache)],
    satellite_id: params.Satellite,
    mission: params.SatelliteMission = None,
    range: params.Range = None,
    from_: params.From = None,
    to: params.To = None,
    points: Annotated[int, Query(ge=params.POINTS_MIN, le=500, description="points of a sparkline at most")] = 64,
) -> Response:
    """Every channel of a satellite at a glance: latest value, extremes, sparkline, verdict and events of the span."""
    subject = find_subject(cards.reader, cards.missions, satellite_id, mission)
    span, name = find_span(subject.heard, range, from_, to)
    question = {"span": (span.start, span.end), "range": name, "points": points}
    body = cache.get_or_make(
        "features",
        FeatureList,
        subject.heard,
        question,
        lambda: feature_list(cards, subject, span, name, points),
    )
    return Response(body, media_type="application/json")


@router.get("/anomalies")
def anomalies(
    *,
    reader: ReaderDep,
    missions: MissionsDep,
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
    with reader.connect() as connection:
        found = [event_item(e, missions) for e in events.current_page(connection, wanted, position, limit + 1)]
    items, following = cut(LIST, [(Position(e.start, e.event_id), e) for e in found], limit)
    return AnomalyPage(items=items, next=following)
