"""What operation-server can be told by its environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from operation_server.alarms.policy import Mode, Policy
from passwatch.alarms.incidents import Joining
from passwatch.alarms.lifecycle import Rules
from passwatch.settings import (
    MissionSettings,
    PostgresSettings,
    RabbitSettings,
    RedisSettings,
    ServiceSettings,
    TritonHttpSettings,
    VictoriaSettings,
    WatchedKafkaSettings,
)


class MigrateSettings(ServiceSettings, PostgresSettings):
    """What ``migrate`` needs."""


class ElasticsearchSettings(BaseModel):
    """A service that may search by Elasticsearch."""

    elasticsearch_url: SecretStr = Field(
        SecretStr(""), description="http://user:password@host:port; empty, or nothing there: PostgreSQL searches"
    )


class ReindexSettings(ServiceSettings, PostgresSettings, ElasticsearchSettings):
    """What ``reindex`` needs."""


class ApiSettings(ServiceSettings):
    """What the commands that ask the API need: where it is, or the port of the server on this very machine."""

    api_url: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="base URL of the API that the commands ask; empty: this machine's, at PASSWATCH_HTTP_PORT",
    )
    http_port: int = Field(80, ge=1, le=65535, description="port of the API, health and metrics")


class Settings(
    ServiceSettings,
    WatchedKafkaSettings,
    VictoriaSettings,
    PostgresSettings,
    RabbitSettings,
    RedisSettings,
    TritonHttpSettings,
    MissionSettings,
    ElasticsearchSettings,
):
    """The settings of operation-server."""

    http_host: str = Field("127.0.0.1", description="address that the API, health and metrics listen on")
    http_port: int = Field(..., ge=1, le=65535, description="port of the API, health and metrics")
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1],operation-server",
        description="names, without ports and separated by commas, by which the API may be asked; * takes any",
    )
    trend_max_points: int = Field(
        2000, ge=100, le=20_000, description="points of a series at most, unless a request says otherwise"
    )
    trend_cache_s: int = Field(3600, ge=0, description="seconds that a trend stays in the cache; 0 caches nothing")
    series_retention_days: int = Field(
        365, ge=7, description="days that forecasts and scores are kept; verdicts and events stay"
    )
    live_retention_days: int = Field(
        7, ge=1, description="days within which a live stream can be resumed where it broke off"
    )
    job_max_days: int = Field(7, ge=1, description="days that an on-demand job may span")
    model_repository: Path | None = Field(
        None, description="folder of Triton's model repository; without it versions are neither added nor promoted"
    )
    alarm_realtime: Mode = Field("raise", description="what realtime findings become: `raise` alarms, `log`, or `off`")
    alarm_dump: Mode = Field("log", description="what findings in recorder dumps become")
    alarm_import: Mode = Field("log", description="what findings in imported telemetry become")
    alarm_test: Mode = Field("off", description="what findings in test telemetry become")
    alarm_join_s: float = Field(
        1800, ge=0, description="seconds of telemetry between two findings of a satellite that are still one incident"
    )
    alarm_join_unseen_s: float = Field(
        86_400,
        ge=0,
        description="seconds without telemetry, of the same kind: between a pass that ends and one that begins amid it",
    )
    alarm_on_delay_s: float = Field(0, ge=0, description="seconds that a condition must last to be an alarm")
    alarm_off_delay_s: float = Field(0, ge=0, description="seconds that it must be absent to have returned to normal")
    alarm_clear_after_s: float = Field(
        0,
        ge=0,
        description="seconds after which an acknowledged alarm that is normal again is cleared; 0: by hand only",
    )
    alarm_longest_shelving_s: float = Field(86_400, gt=0, description="seconds that an alarm may be shelved at most")
    fit_max_days: int = Field(31, ge=1, description="days of telemetry that a calibration may be fitted on")
    job_max_open: int = Field(200, ge=1, description="on-demand jobs that may be open; more are refused with 429")
    database_connections: int = Field(
        16, ge=4, description="connections to PostgreSQL held ready; twice as many at most"
    )

    @property
    def alarm_policy(self) -> Policy:
        """How findings become alarms."""
        return Policy(
            Joining(round(self.alarm_join_s * 1000), round(self.alarm_join_unseen_s * 1000)),
            Rules(
                on_delay_ms=round(self.alarm_on_delay_s * 1000),
                off_delay_ms=round(self.alarm_off_delay_s * 1000),
                clear_after_ms=round(self.alarm_clear_after_s * 1000) or None,
                longest_shelving_ms=round(self.alarm_longest_shelving_s * 1000),
            ),
            {
                "realtime": self.alarm_realtime,
                "dump": self.alarm_dump,
                "import": self.alarm_import,
                "test": self.alarm_test,
            },
        )
