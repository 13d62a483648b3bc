"""The worker's settings."""

from __future__ import annotations

from pydantic import Field

from passwatch.settings import (
    HealthSettings,
    KafkaSettings,
    MissionSettings,
    RabbitSettings,
    ServiceSettings,
    TritonSettings,
    VictoriaSettings,
)


class WorkerSettings(
    ServiceSettings,
    HealthSettings,
    KafkaSettings,
    VictoriaSettings,
    RabbitSettings,
    TritonSettings,
    MissionSettings,
):
    """What ``run`` needs."""

    concurrency: int = Field(2, ge=1, le=64, description="tasks judged at the same time, a process each")
    wait_limit_s: float = Field(
        600.0,
        gt=0,
        le=1200,
        description="seconds that a task waits for an engine that is down before it goes back to the end of the queue",
    )
    forecast_limit_s: float = Field(
        30.0,
        gt=0,
        le=100,
        description="seconds that Triton has for one answer; a task that misses it five times ends in ERROR",
    )
    task_limit_s: float = Field(
        1500.0, gt=0, le=1700, description="seconds after which a task that hangs is taken from its process, which ends"
    )
    settle_s: float = Field(
        60.0,
        ge=0,
        description="seconds after a start of VictoriaMetrics in which samples that it lost are waited for",
    )
