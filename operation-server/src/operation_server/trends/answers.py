"""Trends as the API answers them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine

from operation_server.events import queries as events
from operation_server.events.answers import event_item
from operation_server.events.queries import EventFilter
from operation_server.events.schemas import EventItem
from operation_server.judgements import series
from operation_server.judgements.series import JudgedChannel
from operation_server.satellites.channels import metric_item
from operation_server.satellites.subject import Subject
from operation_server.telemetry.decimate import Times, Values, decimate, gaps, longest
from operation_server.telemetry.samples import Samples, Source
from operation_server.times import Span, from_ms
from operation_server.trends.schemas import (
    CompareTrend,
    EventCounts,
    ForecastError,
    Gap,
    JudgedSpan,
    PredictionTrend,
    RawTrend,
    SamplePoint,
    StatisticsTrend,
    TakeSpan,
)
from operation_server.trends.statistics import expected_samples, forecast_errors, summarise
from operation_server.web.schemas import SeriesData
from passwatch.contracts import Stream
from passwatch.mission import Channel, Mission
from passwatch.takes import newest

MOST_SPANS = 5000
"""Gaps, and spans of takes, that an answer lists: of more than these the longest."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a channel of a satellite over a span, in at most ``points`` points."""

    subject: Subject
    channel: Channel
    span: Span
    range: str | None
    points: int
    stream: Stream = "realtime"


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts and scores over a span: times and values by model, and the judgements and events they belong to."""

    by_model: dict[str, tuple[Times, Values]]
    scores: tuple[Times, Values]
    judged: list[JudgedChannel]
    events: list[EventItem]


class Trends:
    """Answers questions about series, from VictoriaMetrics and the database."""

    def __init__(self, engine: Engine, samples: Samples, missions: Mapping[str, Mission]) -> None:
        self._engine, self._samples, self._missions = engine, samples, missions

    def raw(self, q: Question) -> RawTrend:
        """Telemetry as stored."""
        return RawTrend(**_head(q), **self._raw(q))

    def prediction(self, q: Question) -> PredictionTrend:
        """Forecasts and scores."""
        return PredictionTrend(**_head(q), **self._predicted(q))

    def compare(self, q: Question) -> CompareTrend:
        """Telemetry with forecasts and scores."""
        raw, predicted = self._raw(q), self._predicted(q)
        decimated = raw.pop("decimated") or predicted.pop("decimated")
        predicted.pop("decimated", None)
        return CompareTrend(**_head(q), decimated=decimated, **raw, **predicted)

    def statistics(self, q: Question) -> StatisticsTrend:
        """Statistics over all samples, and the errors of the forecasts."""
        times, values, _ = self._samples_of(q)
        forecasts = self._forecasts(q)
        summary, count = summarise(values), len(times)
        expected = expected_samples(times, q.subject.mission.cadence_ms)
        severities = [e.severity for e in forecasts.events]
        return StatisticsTrend(
            **_head(q),
            count=count,
            expected=expected,
            completeness=count / expected if expected else None,
            min=_point(times, values, summary.lowest) if summary else None,
            max=_point(times, values, summary.highest) if summary else None,
            latest=_point(times, values, -1) if summary else None,
            mean=summary.mean if summary else None,
            std=summary.std if summary else None,
            median=summary.median if summary else None,
            p05=summary.p05 if summary else None,
            p95=summary.p95 if summary else None,
            gaps=len(gaps(times, q.subject.mission.cadence_ms)),
            events=EventCounts(warning=severities.count("warning"), critical=severities.count("critical")),
            forecasts={
                model: ForecastError(**_fields(forecast_errors(times, values, *of_model)))
                for model, of_model in forecasts.by_model.items()
            },
        )

    def _raw(self, q: Question) -> dict[str, Any]:
        times, values, takes = self._samples_of(q)
        shown = decimate(times, values, q.points, q.span.start, q.span.end)
        silent, of_takes = gaps(times, q.subject.mission.cadence_ms), take_spans(times, takes)
        return {
            "decimated": len(shown[0]) < len(times),
            "samples": len(times),
            "raw": series_data(*shown),
            "gaps": [Gap(**{"from": from_ms(a), "to": from_ms(b)}) for a, b in longest(silent, MOST_SPANS)],
            "gaps_total": len(silent),
            "limits": metric_item(q.channel).limits,
            "takes": of_takes[:MOST_SPANS],
            "takes_total": len(of_takes),
        }

    def _predicted(self, q: Question) -> dict[str, Any]:
        found = self._forecasts(q)
        shown = {m: decimate(*s, q.points, q.span.start, q.span.end) for m, s in found.by_model.items()}
        scores = decimate(*found.scores, q.points, q.span.start, q.span.end)
        fewer = any(len(shown[m][0]) < len(s[0]) for m, s in found.by_model.items())
        return {
            "decimated": fewer or len(scores[0]) < len(found.scores[0]),
            "forecasts": {m: series_data(*s) for m, s in shown.items()},
            "scores": series_data(*scores),
            "events": found.events,
            "judgements": [_judged_span(j) for j in found.judged],
        }

    def _samples_of(self, q: Question) -> tuple[Times, Values, Times]:
        heard = q.subject.heard
        return self._samples.of_series(q.channel.metric, Source(heard.satellite_id, heard.mission, q.stream), q.span)

    def _forecasts(self, q: Question) -> Forecasts:
        heard, start, end = q.subject.heard, from_ms(q.span.start), from_ms(q.span.end)
        of_channel = EventFilter(
            satellite_id=heard.satellite_id, mission=heard.mission, channel=q.channel.name, start=start, end=end
        )
        with self._engine.connect() as connection:
            judged = series.of_channel(
                connection, heard.satellite_id, heard.mission, q.stream, q.channel.name, start, end
            )
            found = [event_item(e, self._missions) for e in events.current(connection, of_channel)]
        models = sorted({m for j in judged for m in j.forecasts})
        by_model = {m: _newest([(j, j.forecasts[m]) for j in judged if m in j.forecasts], q.span) for m in models}
        scores = _newest([(j, j.scores) for j in judged], q.span)
        return Forecasts(by_model, scores, judged, found)


def series_data(times: Times, values: Values) -> SeriesData:
    """A series as the API shows it; NaN becomes null."""
    shown = [v if v == v else None for v in values.tolist()]  # noqa: PLR0124 - only NaN differs from itself
    return SeriesData.model_construct(t=times.tolist(), v=shown)


def take_spans(times: Times, takes: Times) -> list[TakeSpan]:
    """From when to when which take is shown; ``takes`` is that of each sample."""
    if not len(times):
        return []
    starts = np.concatenate(([0], np.flatnonzero(np.diff(takes)) + 1))
    ends = np.concatenate((starts[1:] - 1, [len(times) - 1]))
    return [
        TakeSpan.model_validate(
            {"take": int(takes[start]), "from": from_ms(int(times[start])), "to": from_ms(int(times[end]))}
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _newest(values: Sequence[tuple[JudgedChannel, Values]], span: Span) -> tuple[Times, Values]:
    """What was computed for the take that is shown at each time."""
    by_take: dict[int, list[tuple[Times, Values]]] = defaultdict(list)
    for one, of_one in values:
        by_take[one.take].append((one.times, of_one))
    return newest({take: _joined(parts, span) for take, parts in by_take.items()})


def _joined(parts: Sequence[tuple[Times, Values]], span: Span) -> tuple[Times, Values]:
    """Parts as one series inside the span, without missing values; where two overlap, the later part counts."""
    if not parts:
        return np.array([], np.int64), np.array([], np.float64)
    times = np.concatenate([t for t, _ in reversed(parts)])
    values = np.concatenate([v for _, v in reversed(parts)])
    times, first = np.unique(times, return_index=True)
    values = values[first]
    wanted = (times >= span.start) & (times <= span.end) & np.isfinite(values)
    return times[wanted], values[wanted]


def _head(q: Question) -> dict[str, Any]:
    heard = q.subject.heard
    return {
        "satellite_id": heard.satellite_id,
        "mission": heard.mission,
        "channel": q.channel.name,
        "series": q.channel.metric,
        "subsystem": q.channel.subsystem,
        "unit": q.channel.unit,
        "from": from_ms(q.span.start),
        "to": from_ms(q.span.end),
        "range": q.range,
        "newest_sample": heard.newest_sample,
        "cadence_ms": q.subject.mission.cadence_ms,
        "stream": q.stream,
    }


def _judged_span(j: JudgedChannel) -> JudgedSpan:
    return JudgedSpan.model_validate(
        {
            "judgement_id": j.judgement_id,
            "batch_uid": j.batch_uid,
            "batch_id": j.batch_id,
            "revision": j.revision,
            "from": j.first_time,
            "to": j.last_time,
            "verdict": j.verdict,
            "threshold": j.threshold,
            "note": j.note,
            "models": j.versions,
            "calibration": j.calibration,
        }
    )


def _point(times: Times, values: Values, index: int) -> SamplePoint:
    return SamplePoint(time=from_ms(int(times[index])), value=float(values[index]))


def _fields(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__dataclass_fields__}
