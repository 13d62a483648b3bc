"""Satellites and their channels as the API shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from operation_server.web import examples as samples
from operation_server.web.schemas import ApiModel, Instant, LimitSet, OverallVerdict, Page, example


class SatelliteItem(ApiModel):
    """A satellite of which telemetry has come, or that a mission lists."""

    satellite_id: str
    mission: str
    name: str | None = Field(description="as the mission file names it")
    newest_sample: Instant | None = Field(description="event time of its newest record; null if none came yet")
    batches: int
    verdict: OverallVerdict = Field(description="of its newest judged batch")
    verdict_time: Instant | None


class SatellitePage(Page[SatelliteItem]):
    """The satellites, by mission and id."""

    model_config = example(
        {
            "items": [
                {
                    "satellite_id": "SAT-001",
                    "mission": "default",
                    "name": "Observer 1",
                    "newest_sample": "2026-01-02T08:59:30.000Z",
                    "batches": 2,
                    "verdict": "ANOMALY",
                    "verdict_time": "2026-01-02T09:00:03.010Z",
                }
            ],
            "next": None,
        }
    )


class MetricItem(ApiModel):
    """A channel, and the series that holds it."""

    channel: str
    series: str = Field(description="its name in VictoriaMetrics")
    subsystem: str
    unit: str
    description: str
    role: Literal["judged", "context"]
    resolution: float | None
    limits: LimitSet


class MetricList(ApiModel):
    """The channels of a satellite."""

    model_config = example(
        {"satellite_id": "SAT-001", "mission": "default", "cadence_ms": 30000, "items": [samples.METRIC]}
    )

    satellite_id: str
    mission: str
    cadence_ms: int
    items: list[MetricItem]
