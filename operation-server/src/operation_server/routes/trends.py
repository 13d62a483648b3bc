"""Telemetry and forecasts over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Response

from operation_server.paging import decode_cursor, encode_cursor
from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.routes.responses import problems
from operation_server.schemas.trends import (
    CompareTrend,
    MetricList,
    PredictionTrend,
    RawTrend,
    SatellitePage,
    StatisticsTrend,
    TrendHead,
)
from operation_server.store import dashboard, satellites
from operation_server.trends.answers import Question
from operation_server.trends.features import channels_of
from operation_server.trends.subject import find_channel, find_span, find_subject, metric_item

A = TypeVar("A", bound=TrendHead)
LIST = "satellites"
router = APIRouter(prefix="/trends", tags=["trends"])


@router.get("/satellites")
def list_satellites(
    *,
    deps: Deps,
    mission: params.MissionFilter = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> SatellitePage:
    """List the satellites of which telemetry has come, by mission and id."""
    keys = decode_cursor(LIST, cursor, 2)
    with deps.engine.connect() as connection:
        after = (keys[0], keys[1]) if keys else None
        items = dashboard.satellites_page(connection, deps.missions, mission, after, limit + 1)
    more = len(items) > limit
    items = items[:limit]
    following = encode_cursor(LIST, items[-1].mission, items[-1].satellite_id) if more else None
    return SatellitePage(items=items, next=following)


@router.get("/metrics", responses=problems(404))
def list_metrics(deps: Deps, satellite_id: params.Satellite, mission: params.SatelliteMission = None) -> MetricList:
    """List the channels of a satellite, in the mission file's order."""
    subject = find_subject(deps.engine, deps.missions, satellite_id, mission)
    return MetricList(
        satellite_id=satellite_id,
        mission=subject.mission.id,
        cadence_ms=subject.mission.cadence_ms,
        items=[metric_item(c) for c in channels_of(deps.samples, subject)],
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request asks about, as it was written: the satellite's channel and the span."""

    satellite_id: params.Satellite
    metric: params.Metric
    mission: params.SatelliteMission = None
    range: params.Range = None
    from_: params.From = None
    to: params.To = None
    stream: params.StreamOf = "realtime"


Asked = Annotated[Asking, Depends()]


@router.get("/raw", response_model=RawTrend, responses=problems(404))
def raw_trend(*, deps: Deps, asked: Asked, points: params.Points = None) -> Response:
    """Telemetry of one channel as stored, decimated where it is longer than `points`.

    Decimation keeps the first, lowest, highest and last sample of each bucket, so a one-sample spike stays visible.
    """
    return _answer(deps, "raw", RawTrend, _sampled(deps, asked, points), deps.trends.raw)


@router.get("/prediction", response_model=PredictionTrend, responses=problems(404))
def prediction_trend(*, deps: Deps, asked: Asked, points: params.Points = None) -> Response:
    """Forecasts and scores of one channel, from the current revision of each batch, and the events found."""
    return _answer(deps, "prediction", PredictionTrend, _sampled(deps, asked, points), deps.trends.prediction)


@router.get("/compare", response_model=CompareTrend, responses=problems(404))
def compare_trend(*, deps: Deps, asked: Asked, points: params.Points = None) -> Response:
    """Telemetry and forecasts of one channel over the same span, with the events found."""
    return _answer(deps, "compare", CompareTrend, _sampled(deps, asked, points), deps.trends.compare)


@router.get("/statistics", response_model=StatisticsTrend, responses=problems(404))
def statistics_trend(*, deps: Deps, asked: Asked) -> Response:
    """Statistics of one channel over the span, from all its samples, and the forecasts' errors."""
    return _answer(deps, "statistics", StatisticsTrend, _question(deps, asked, 0), deps.trends.statistics)


def _sampled(deps: Deps, asked: Asking, points: int | None) -> Question:
    return _question(deps, asked, points or deps.settings.trend_max_points)


def _question(deps: Deps, asked: Asking, points: int) -> Question:
    subject = find_subject(deps.engine, deps.missions, asked.satellite_id, asked.mission)
    with deps.engine.connect() as connection:
        known = satellites.known_channels(connection, asked.satellite_id, subject.mission.id)
    channel = find_channel(subject, asked.metric, known)
    span, name = find_span(subject.heard, asked.range, asked.from_, asked.to)
    return Question(subject, channel, span, name, points, asked.stream)


def _answer(deps: Deps, kind: str, form: type[A], question: Question, make: Callable[[Question], A]) -> Response:
    key = {
        "channel": question.channel.name,
        "span": (question.span.start, question.span.end),
        "range": question.range,
        "points": question.points,
        "stream": question.stream,
        "mission": question.subject.mission.revision,
    }
    body = deps.cache.get_or_make(kind, form, question.subject.heard, key, lambda: make(question))
    return Response(body, media_type="application/json")
