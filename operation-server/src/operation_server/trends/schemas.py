"""Trends: stored telemetry, forecasts beside it, and statistics."""

from __future__ import annotations

from pydantic import Field

from operation_server.calibrations.schemas import JudgingCalibration
from operation_server.events.schemas import EventItem
from operation_server.web import examples as samples
from operation_server.web.schemas import (
    ApiModel,
    Instant,
    LimitSet,
    RangeName,
    SeriesData,
    VerdictName,
    example,
)
from passwatch.contracts import Stream


class TrendHead(ApiModel):
    """Which series, and from when to when."""

    satellite_id: str
    mission: str
    channel: str
    series: str
    subsystem: str
    unit: str
    from_: Instant = Field(alias="from", description="start of the span, inclusive")
    to: Instant = Field(description="end of the span, inclusive")
    range: RangeName | None = Field(description="the range asked for; null if from and to were given")
    newest_sample: Instant | None = Field(description="event time of the satellite's newest record")
    cadence_ms: int
    stream: Stream


class TakeSpan(ApiModel):
    """From when to when the samples shown are of one take: several batches have records from the same time if any is
    above 0, and the newest take is shown."""

    take: int
    from_: Instant = Field(alias="from")
    to: Instant


class Gap(ApiModel):
    """A span without samples: the last before it and the first after it."""

    from_: Instant = Field(alias="from")
    to: Instant


class JudgedSpan(ApiModel):
    """A batch's current judgement that covers part of the span."""

    judgement_id: str
    batch_uid: str
    batch_id: str
    revision: int
    from_: Instant = Field(alias="from")
    to: Instant
    verdict: VerdictName = Field(description="of this channel")
    threshold: float | None
    note: str | None = Field(description="what limited the judgement of this channel, if anything did")
    models: dict[str, str] = Field(description="version by model")
    calibration: JudgingCalibration | None = Field(description="null where nothing was judged")


class RawTrend(TrendHead):
    """Telemetry as it is stored. Decimated answers keep the first, lowest, highest and last sample of each bucket."""

    model_config = example(
        {
            **samples.TREND_HEAD,
            "decimated": False,
            "samples": 2,
            "raw": samples.SERIES,
            "gaps": [],
            "gaps_total": 0,
            "limits": samples.METRIC["limits"],
            "takes": samples.TAKES,
            "takes_total": 1,
        }
    )

    decimated: bool = Field(description="whether samples were left out; a one-sample spike never is")
    samples: int = Field(description="samples in the span before decimation")
    raw: SeriesData
    gaps: list[Gap] = Field(description="in the order of time; of more than 5,000 the longest")
    gaps_total: int = Field(description="gaps in the span, of which `gaps` may list fewer")
    limits: LimitSet
    takes: list[TakeSpan] = Field(description="in the order of time, at most 5,000")
    takes_total: int = Field(description="spans of takes in the span, of which `takes` may list fewer")


class PredictionTrend(TrendHead):
    """Forecasts and scores of the current revisions, at the samples' own times."""

    model_config = example(
        {
            **samples.TREND_HEAD,
            "decimated": False,
            "forecasts": {"vae_timeseries": samples.SERIES, "transformer_timeseries": samples.SERIES},
            "scores": {"t": [1767322800000, 1767322830000], "v": [0.4, 0.5]},
            "events": [samples.EVENT],
            "judgements": [samples.JUDGED_SPAN],
        }
    )

    decimated: bool
    forecasts: dict[str, SeriesData] = Field(description="one series per model, in the channel's unit")
    scores: SeriesData
    events: list[EventItem] = Field(description="events of this channel that touch the span")
    judgements: list[JudgedSpan]


class CompareTrend(TrendHead):
    """Telemetry against forecasts, with the anomalies found."""

    model_config = example(
        {
            **samples.TREND_HEAD,
            "decimated": False,
            "samples": 2,
            "raw": samples.SERIES,
            "gaps": [],
            "gaps_total": 0,
            "limits": samples.METRIC["limits"],
            "takes": samples.TAKES,
            "takes_total": 1,
            "forecasts": {"vae_timeseries": samples.SERIES, "transformer_timeseries": samples.SERIES},
            "scores": {"t": [1767322800000, 1767322830000], "v": [0.4, 0.5]},
            "events": [samples.EVENT],
            "judgements": [samples.JUDGED_SPAN],
        }
    )

    decimated: bool
    samples: int
    raw: SeriesData
    gaps: list[Gap] = Field(description="in the order of time; of more than 5,000 the longest")
    gaps_total: int = Field(description="gaps in the span, of which `gaps` may list fewer")
    limits: LimitSet
    takes: list[TakeSpan] = Field(description="in the order of time, at most 5,000")
    takes_total: int = Field(description="spans of takes in the span, of which `takes` may list fewer")
    forecasts: dict[str, SeriesData]
    scores: SeriesData
    events: list[EventItem]
    judgements: list[JudgedSpan]


class SamplePoint(ApiModel):
    """One sample."""

    time: Instant
    value: float


class ForecastError(ApiModel):
    """How far a model's forecasts were from the samples, in the channel's unit."""

    count: int
    mae: float | None
    rmse: float | None
    bias: float | None = Field(description="mean of forecast minus sample")
    max_error: float | None


class EventCounts(ApiModel):
    """Anomaly events by severity."""

    warning: int
    critical: int


class StatisticsTrend(TrendHead):
    """Statistics over all samples of the span; nothing is decimated first."""

    model_config = example(
        {
            **samples.TREND_HEAD,
            "count": 720,
            "expected": 721,
            "completeness": 0.9986,
            "min": {"time": "2026-01-02T03:02:00.000Z", "value": 21.9},
            "max": {"time": "2026-01-02T03:17:30.000Z", "value": 41.2},
            "latest": {"time": "2026-01-02T09:00:00.000Z", "value": 24.8},
            "mean": 24.9,
            "std": 1.7,
            "median": 24.8,
            "p05": 22.8,
            "p95": 27.1,
            "gaps": 0,
            "events": {"warning": 0, "critical": 1},
            "forecasts": {"vae_timeseries": {"count": 700, "mae": 0.4, "rmse": 0.9, "bias": 0.01, "max_error": 16.4}},
        }
    )

    count: int
    expected: int = Field(description="samples that the cadence would give between the first and the last one")
    completeness: float | None
    min: SamplePoint | None
    max: SamplePoint | None
    latest: SamplePoint | None
    mean: float | None
    std: float | None
    median: float | None
    p05: float | None
    p95: float | None
    gaps: int
    events: EventCounts
    forecasts: dict[str, ForecastError]
