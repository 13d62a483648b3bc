"""How this installation is set up."""

from __future__ import annotations

from pydantic import Field

from operation_server.satellites.schemas import MetricItem
from operation_server.web import examples as samples
from operation_server.web.schemas import ApiModel, RangeName, example


class TopicItem(ApiModel):
    """A Kafka topic."""

    name: str
    purpose: str
    partitions: int
    retention_ms: int
    max_message_bytes: int


class SystemConfig(ApiModel):
    """Versions, limits and retention. No secret and no address is ever in it."""

    model_config = example(
        {
            "version": "0.1.0",
            "contracts_version": 1,
            "ranges": ["1h", "6h", "1d", "1w"],
            "trend_max_points": 2000,
            "page_limit": 200,
            "job_max_days": 7,
            "series_retention_days": 90,
            "live_retention_days": 7,
            "missions": [{"id": "default", "revision": "5f0c9a4d0a7f"}],
            "topics": [
                {
                    "name": "satellite-telemetry",
                    "purpose": "telemetry chunks and batch-complete markers",
                    "partitions": 6,
                    "retention_ms": 604800000,
                    "max_message_bytes": 2097152,
                }
            ],
            "search_engine": "postgresql",
        }
    )

    version: str
    contracts_version: int
    ranges: list[RangeName]
    trend_max_points: int = Field(description="points of a series at most, unless a request asks for fewer")
    page_limit: int = Field(description="items of a page at most")
    job_max_days: int = Field(description="days that an on-demand job may span")
    series_retention_days: int = Field(description="days that forecasts and scores are kept; verdicts and events stay")
    live_retention_days: int = Field(description="days within which the live stream can be resumed")
    missions: list[MissionRef]
    topics: list[TopicItem]
    search_engine: str


class MissionRef(ApiModel):
    """A mission file in use."""

    id: str
    revision: str


class SatelliteConfig(ApiModel):
    """A satellite that a mission lists, or of which telemetry has come."""

    satellite_id: str
    mission: str
    name: str | None
    listed: bool = Field(description="whether the mission file lists it")
    heard: bool = Field(description="whether telemetry of it has come")


class MissionConfig(ApiModel):
    """A mission: cadence, batch size, and which satellites belong to it."""

    id: str
    name: str
    description: str
    revision: str
    cadence_s: float
    batch_records: int
    satellite_pattern: str
    satellites: list[SatelliteConfig]


class SatelliteConfigList(ApiModel):
    """The missions with their satellites."""

    model_config = example(
        {
            "items": [
                {
                    "id": "default",
                    "name": "Low Earth orbit observer",
                    "description": "33 channels in four subsystems, one record every 30 s",
                    "revision": "5f0c9a4d0a7f",
                    "cadence_s": 30,
                    "batch_records": 1080,
                    "satellite_pattern": "[A-Za-z0-9][A-Za-z0-9._-]*",
                    "satellites": [
                        {
                            "satellite_id": "SAT-001",
                            "mission": "default",
                            "name": "Observer 1",
                            "listed": True,
                            "heard": True,
                        }
                    ],
                }
            ]
        }
    )

    items: list[MissionConfig]


class PatternItem(ApiModel):
    """Channels known by the form of their name."""

    pattern: str
    unit: str
    description: str
    role: str


class SubsystemConfig(ApiModel):
    """A subsystem with its channels."""

    mission: str
    subsystem: str
    channels: list[MetricItem]
    channel_patterns: list[PatternItem]


class SubsystemConfigList(ApiModel):
    """The subsystems of all missions, in the mission files' order."""

    model_config = example(
        {"items": [{"mission": "default", "subsystem": "eps", "channels": [samples.METRIC], "channel_patterns": []}]}
    )

    items: list[SubsystemConfig]


SystemConfig.model_rebuild()
