"""The simulator's settings."""

from __future__ import annotations

from pydantic import Field

from passwatch.settings import KafkaSettings, MissionSettings, ServiceSettings


class Settings(ServiceSettings, KafkaSettings, MissionSettings):
    """What the simulator needs to know of the platform it sends to."""

    api_url: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="base URL of the public API: where a satellite's newest sample and the verdicts are asked for; "
        "without it --start is needed and --wait is refused",
    )
