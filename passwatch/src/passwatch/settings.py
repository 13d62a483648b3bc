"""Settings: environment variables ``PASSWATCH_*``, read once, checked, and documented where they are declared.

A service declares its settings as a subclass of :class:`ServiceSettings` composed of the groups below. Unknown or
invalid variables stop the service with a message that names the variable.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

PREFIX = "PASSWATCH_"
EX_CONFIG = 78
"""The exit status of a service that was given unusable settings (sysexits.h)."""


class SettingsError(ValueError):
    """The environment cannot be used; the message has one line per variable."""


class ServiceSettings(BaseModel):
    """What every service has."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severe log level shown")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="auto writes for a person on a terminal and JSON elsewhere"
    )
    otlp_endpoint: str = Field("", description="OTLP/HTTP endpoint that traces are sent to; empty sends none")


class HealthSettings(BaseModel):
    """A service that answers /health, /health/ready and /metrics beside its work."""

    health_host: str = Field("127.0.0.1", description="address that health and metrics listen on")
    health_port: int = Field(..., ge=1, le=65535, description="port of /health/ready and /metrics")


class KafkaSettings(BaseModel):
    """A service that uses Kafka."""

    kafka_bootstrap: str = Field(..., description="Kafka's bootstrap servers, host:port[,host:port]")
    topic_prefix: str = Field("", pattern=r"^[a-zA-Z0-9._-]*$", description="put before every topic and group name")


class WatchedKafkaSettings(KafkaSettings):
    """A service that ends when one of its Kafka clients is lost, to be started again."""

    kafka_patience_s: float = Field(
        60.0,
        gt=0,
        description="seconds that a Kafka client may have no broker although Kafka answers others; "
        "then the service ends with status 70, to be started again",
    )


class VictoriaSettings(BaseModel):
    """A service that uses VictoriaMetrics."""

    victoria_url: str = Field(
        ..., description="VictoriaMetrics' base URL, with user and password if it asks for them", repr=False
    )


class PostgresSettings(BaseModel):
    """A service that uses PostgreSQL."""

    postgres_dsn: SecretStr = Field(..., description="postgresql+psycopg2://user:password@host:port/database")


class RabbitSettings(BaseModel):
    """A service that uses RabbitMQ."""

    rabbitmq_url: SecretStr = Field(..., description="amqp://user:password@host:port/vhost")


class RedisSettings(BaseModel):
    """A service that uses Redis."""

    redis_url: SecretStr = Field(..., description="redis://:password@host:port/0")


class TritonSettings(BaseModel):
    """A service that has Triton infer."""

    triton_url: str = Field(..., description="Triton's gRPC address, host:port")


class TritonHttpSettings(BaseModel):
    """A service that asks Triton which models it serves; its gRPC client is large, and not needed for that."""

    triton_http_url: str = Field(..., description="base URL of Triton's HTTP service")
    triton_key: SecretStr = Field(SecretStr(""), description="key to what changes Triton: loading of models")


class MissionSettings(BaseModel):
    """A service that knows the missions."""

    missions_dir: Path = Field(..., description="folder of the mission files")


S = TypeVar("S", bound=ServiceSettings)


def read_settings(
    cls: type[S], environ: Mapping[str, str] | None = None, *, beside: type[ServiceSettings] | None = None
) -> S:
    """The settings of class ``cls`` from the environment.

    A command that needs less than its service, but may run where the service runs, names the service's class as
    ``beside``: what that class declares is let through unread.

    Raises:
        SettingsError: a variable is missing, invalid or not known to the service.
    """
    env = os.environ if environ is None else environ
    given = {name: value for name, value in env.items() if name.startswith(PREFIX)}
    known = {PREFIX + name.upper(): name for name in cls.model_fields}
    unread = {PREFIX + name.upper() for name in beside.model_fields} if beside else set()
    problems = [_unknown(name, list(known)) for name in given if name not in known and name not in unread]
    values = {known[name]: value for name, value in given.items() if name in known}
    try:
        settings = cls.model_validate(values)
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            variable = PREFIX + str(item["loc"][0]).upper() if item["loc"] else PREFIX + "*"
            problems.append(f"{variable}: {'not set' if item['type'] == 'missing' else item['msg']}")
        raise SettingsError("\n".join(problems)) from error
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"{name}: no such setting" + (f"; did you mean {close[0]}?" if close else "")


def settings_or_exit(cls: type[S], *, beside: type[ServiceSettings] | None = None) -> S:
    """As :func:`read_settings`, but an unusable environment ends the process with status 78 and a plain message."""
    try:
        return read_settings(cls, beside=beside)
    except SettingsError as error:
        _stop(str(error))


def _stop(message: str) -> NoReturn:
    for line in message.splitlines():
        sys.stderr.write(f"settings: {line}\n")
    raise SystemExit(EX_CONFIG)
