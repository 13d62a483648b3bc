"""The settings of the victoria-consumer."""

from __future__ import annotations

from pydantic import Field

from passwatch.settings import (
    HealthSettings,
    KafkaSettings,
    MissionSettings,
    PostgresSettings,
    ServiceSettings,
    VictoriaSettings,
    WatchedKafkaSettings,
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Settings(
    ServiceSettings, HealthSettings, WatchedKafkaSettings, VictoriaSettings, PostgresSettings, MissionSettings
):
    """What ``victoria-consumer run`` reads from its environment."""

    oldest_days: float = Field(
        360,
        gt=0,
        description="telemetry with older event times goes to the dead letters; less than VictoriaMetrics' retention",
    )
    newest_hours: float = Field(
        24, ge=0, le=47, description="how far in the future an event time may lie; VictoriaMetrics takes up to 48 hours"
    )
    commit_delay_s: float = Field(
        15, ge=0, description="how long ago data must have been stored before its offsets are committed"
    )
    flush_interval_s: float = Field(0.25, ge=0, description="least time between two flushes of VictoriaMetrics")
    heartbeat_interval_s: float = Field(1, gt=0, description="time between two heartbeats of a partition")
    reject_burst: int = Field(
        10_000, ge=1, description="so many bad messages of a partition are taken at once before it is slowed"
    )
    rejects_per_s: float = Field(100, gt=0, description="bad messages a second that a slowed partition may bring")
    poll_bytes: int = Field(4_000_000, ge=1, description="about how many bytes of telemetry one poll takes")
    poll_messages: int = Field(5_000, ge=1, description="the most messages that one poll takes")


class DeadLetterSettings(ServiceSettings, KafkaSettings):
    """What the commands on topics and dead letters need of what the service reads."""
