"""What operation-server can be told by its environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

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
    fit_max_days: int = Field(31, ge=1, description="days of telemetry that a calibration may be fitted on")
    job_max_open: int = Field(200, ge=1, description="on-demand jobs that may be open; more are refused with 429")
    database_connections: int = Field(
        16, ge=4, description="connections to PostgreSQL held ready; twice as many at most"
    )
