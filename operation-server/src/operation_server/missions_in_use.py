"""The missions that this server was given."""

from __future__ import annotations

from collections.abc import Mapping

from passwatch.mission import Mission

Missions = Mapping[str, Mission]


def unit_of(missions: Missions, mission: str, channel: str) -> str | None:
    """The unit of a channel; None if no mission in use knows it."""
    found = missions[mission].channel(channel) if mission in missions else None
    return found.unit if found else None
