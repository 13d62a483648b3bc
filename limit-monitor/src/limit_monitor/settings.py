"""What limit-monitor can be told by its environment."""

from __future__ import annotations

from passwatch.settings import HealthSettings, MissionSettings, ServiceSettings, WatchedKafkaSettings


class Settings(ServiceSettings, HealthSettings, WatchedKafkaSettings, MissionSettings):
    """The settings of limit-monitor."""
