"""Telemetry and forecasts over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Response

from operation_server.satellites import queries as satellites
from operation_server.satellites.subject import find_channel, find_span, find_subject
from operation_server.services import MissionsDep, ReaderDep, SettingsDep, provided
from operation_server.trends.answers import Question, Trends
from operation_server.trends.cache import TrendCache
from operation_server.trends.schemas import CompareTrend, PredictionTrend, RawTrend, StatisticsTrend, TrendHead
from operation_server.web import params
from operation_server.web.responses import problems

A = TypeVar("A", bound=TrendHead)
router = APIRouter(prefix="/trends", tags=["trends"])


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


@dataclass(frozen=True, slots=True)
class Asker:
    """What answers a question about a trend, and keeps the answer."""

    reader: ReaderDep
    missions: MissionsDep
    settings: SettingsDep
    trends: Annotated[Trends, provided(Trends)]
    cache: Annotated[TrendCache, provided(TrendCache)]

    def sampled(self, asked: Asking, points: int | None) -> Question:
        """The question, answered in at most so many points, or as many as the settings say."""
        return self.question(asked, points or self.settings.trend_max_points)

    def question(self, asked: Asking, points: int) -> Question:
        """What is asked about, found.

        Raises:
            NotFound: there is no such satellite or channel.
            InvalidRequest: the span contradicts itself.
        """
        subject = find_subject(self.reader, self.missions, asked.satellite_id, asked.mission)
        with self.reader.connect() as connection:
            known = satellites.known_channels(connection, asked.satellite_id, subject.mission.id)
        channel = find_channel(subject, asked.metric, known)
        span, name = find_span(subject.heard, asked.range, asked.from_, asked.to)
        return Question(subject, channel, span, name, points, asked.stream)


AskerDep = Annotated[Asker, Depends()]


@router.get("/raw", response_model=RawTrend, responses=problems(404))
def raw_trend(*, asker: AskerDep, asked: Asked, points: params.Points = None) -> Response:
    """Telemetry of one channel as stored, decimated where it is longer than `points`.

    Decimation keeps the first, lowest, highest and last sample of each bucket, so a one-sample spike stays visible.
    """
    return _answer(asker, "raw", RawTrend, asker.sampled(asked, points), asker.trends.raw)


@router.get("/prediction", response_model=PredictionTrend, responses=problems(404))
def prediction_trend(*, asker: AskerDep, asked: Asked, points: params.Points = None) -> Response:
    """Forecasts and scores of one channel, from the current revision of each batch, and the events found."""
    return _answer(asker, "prediction", PredictionTrend, asker.sampled(asked, points), asker.trends.prediction)


@router.get("/compare", response_model=CompareTrend, responses=problems(404))
def compare_trend(*, asker: AskerDep, asked: Asked, points: params.Points = None) -> Response:
    """Telemetry and forecasts of one channel over the same span, with the events found."""
    return _answer(asker, "compare", CompareTrend, asker.sampled(asked, points), asker.trends.compare)


@router.get("/statistics", response_model=StatisticsTrend, responses=problems(404))
def statistics_trend(*, asker: AskerDep, asked: Asked) -> Response:
    """Statistics of one channel over the span, from all its samples, and the forecasts' errors."""
    return _answer(asker, "statistics", StatisticsTrend, asker.question(asked, 0), asker.trends.statistics)


def _answer(asker: Asker, kind: str, form: type[A], question: Question, make: Callable[[Question], A]) -> Response:
    key = {
        "channel": question.channel.name,
        "span": (question.span.start, question.span.end),
        "range": question.range,
        "points": question.points,
        "stream": question.stream,
        "mission": question.subject.mission.revision,
    }
    body = asker.cache.get_or_make(kind, form, question.subject.heard, key, lambda: make(question))
    return Response(body, media_type="application/json")
