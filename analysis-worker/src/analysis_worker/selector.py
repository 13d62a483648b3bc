"""Which series a task reads. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from passwatch.contracts import Stream
from passwatch.mission import Channel, Mission


def judged_channels(mission: Mission, subsystem: str) -> list[Channel]:
    """The listed channels of a subsystem that are judged, in the mission's order."""
    return [c for c in mission.channels if c.subsystem == subsystem and c.role == "judged"]


def series_selector(
    mission: Mission, satellite_id: str | None, channels: Sequence[Channel], stream: Stream = "realtime"
) -> str:
    """The series of these channels of one stream of a satellite, in all takes.

    All of the stream's series if the mission knows channels by pattern.

    Without a satellite, those of all satellites of the mission.

    Mission and satellite ids hold nothing that a label value would have to escape; their contract forbids it.
    """
    labels = f'mission="{mission.id}",stream="{stream}"' + (
        f',satellite_id="{satellite_id}"' if satellite_id is not None else ""
    )
    if mission.content.channel_patterns:
        return f"{{{labels}}}"
    names = "|".join(channel.metric for channel in channels)
    return f'{{__name__=~"{names}",{labels}}}'
