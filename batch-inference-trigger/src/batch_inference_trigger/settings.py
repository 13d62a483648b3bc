"""The trigger's settings."""

from __future__ import annotations

from pydantic import Field

from batch_inference_trigger.domain.completion import Policy
from passwatch.settings import (
    HealthSettings,
    MissionSettings,
    PostgresSettings,
    RabbitSettings,
    ServiceSettings,
    WatchedKafkaSettings,
)


class MigrateSettings(ServiceSettings, PostgresSettings):
    """What ``migrate`` needs."""


class TriggerSettings(
    ServiceSettings, HealthSettings, WatchedKafkaSettings, PostgresSettings, RabbitSettings, MissionSettings
):
    """What ``run`` needs."""

    grace_s: float = Field(
        5.0, ge=0, description="seconds that a batch with its marker may still receive missing records"
    )
    quiet_s: float = Field(
        120.0, gt=0, description="seconds without news after which a batch without a marker is judged"
    )
    max_wait_s: float = Field(
        12 * 3600.0, gt=0, description="seconds after which a batch is judged however active it still is"
    )
    resend_after_s: float = Field(
        300.0, gt=0, description="seconds after which a task without a result is sent again, if the queue is empty"
    )
    retention_days: float = Field(30.0, gt=0, description="days that the ledger keeps a finished batch")

    @property
    def policy(self) -> Policy:
        """The waiting times of the completion rule."""
        return Policy(
            grace_ms=round(self.grace_s * 1000),
            quiet_ms=round(self.quiet_s * 1000),
            max_wait_ms=round(self.max_wait_s * 1000),
        )
