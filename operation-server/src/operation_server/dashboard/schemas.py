"""What the dashboard shows at a glance."""

from __future__ import annotations

from pydantic import Field

from operation_server.events.schemas import EventItem
from operation_server.satellites.schemas import MetricItem
from operation_server.trends.schemas import SamplePoint
from operation_server.web import examples as samples
from operation_server.web.schemas import (
    ApiModel,
    BatchStatus,
    Instant,
    OverallVerdict,
    Page,
    Percentiles,
    SeriesData,
    SeverityName,
    VerdictName,
    example,
)


class DashboardStats(ApiModel):
    """Counts over everything, and over the last 24 hours."""

    model_config = example(
        {
            "generated_at": "2026-01-02T09:00:05.000Z",
            "satellites": 3,
            "records": 6480,
            "batches": 6,
            "by_status": {"JUDGED": 6},
            "by_verdict": {"NOMINAL": 4, "ANOMALY": 2},
            "events": {"warning": 1, "critical": 2},
            "events_24h": {"warning": 1, "critical": 2},
            "verdicts_24h": 24,
            "seconds_to_verdict_24h": samples.PERCENTILES,
            "newest_verdict_time": "2026-01-02T09:00:03.010Z",
        }
    )

    generated_at: Instant
    satellites: int = Field(description="of which telemetry has come")
    records: int
    batches: int
    by_status: dict[BatchStatus, int]
    by_verdict: dict[OverallVerdict, int]
    events: dict[SeverityName, int] = Field(description="of the current revisions")
    events_24h: dict[SeverityName, int] = Field(description="found in the last 24 hours")
    verdicts_24h: int = Field(description="subsystem verdicts of the last 24 hours")
    seconds_to_verdict_24h: Percentiles
    newest_verdict_time: Instant | None


class FeatureCard(MetricItem):
    """A channel at a glance."""

    latest: SamplePoint | None
    min: float | None
    max: float | None
    mean: float | None
    sparkline: SeriesData = Field(description="the span in at most `points` points")
    verdict: VerdictName | None = Field(description="of the channel in the newest judged batch that touches the span")
    score: float | None
    threshold: float | None
    events: int = Field(description="events that touch the span")
    severity: SeverityName | None = Field(description="the worst of them")


class FeatureList(ApiModel):
    """All channels of a satellite over one span."""

    model_config = example(
        {
            "satellite_id": "SAT-001",
            "mission": "default",
            "from": "2026-01-02T03:00:00.000Z",
            "to": "2026-01-02T09:00:00.000Z",
            "range": "6h",
            "newest_sample": "2026-01-02T09:00:00.000Z",
            "cadence_ms": 30000,
            "items": [
                {
                    **samples.METRIC,
                    "latest": {"time": "2026-01-02T09:00:00.000Z", "value": 24.8},
                    "min": 21.9,
                    "max": 41.2,
                    "mean": 24.9,
                    "sparkline": samples.SERIES,
                    "verdict": "ANOMALY",
                    "score": 9.7,
                    "threshold": 4.5,
                    "events": 1,
                    "severity": "critical",
                }
            ],
        }
    )

    satellite_id: str
    mission: str
    from_: Instant = Field(alias="from")
    to: Instant
    range: str | None
    newest_sample: Instant | None
    cadence_ms: int
    items: list[FeatureCard]


class AnomalyPage(Page[EventItem]):
    """A page of anomaly events of the current revisions, the latest start first."""

    model_config = example({"items": [samples.EVENT], "next": None})
