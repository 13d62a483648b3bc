"""The channels of a satellite."""

from __future__ import annotations

from operation_server.satellites.schemas import MetricItem
from operation_server.satellites.subject import Subject
from operation_server.telemetry.samples import Samples, Source
from operation_server.times import to_ms
from operation_server.web.schemas import LimitSet
from passwatch.mission import Channel


def channels_of(samples: Samples, subject: Subject) -> list[Channel]:
    """The channels of a satellite: those its mission lists; for a mission that knows them by pattern, those heard."""
    mission, heard = subject.mission, subject.heard
    channels = {c.name: c for c in mission.channels}
    if mission.content.channel_patterns and heard.newest_sample is not None:
        names = samples.series_names(Source(heard.satellite_id, mission.id), to_ms(heard.newest_sample))
        found = [c for name in names if (c := mission.channel_of(name))]
        channels |= {c.name: c for c in sorted(found, key=lambda c: (c.role != "judged", c.name))}
    return list(channels.values())


def metric_item(channel: Channel) -> MetricItem:
    """A channel as the API shows it."""
    limits = channel.limits
    return MetricItem(
        channel=channel.name,
        series=channel.metric,
        subsystem=channel.subsystem,
        unit=channel.unit,
        description=channel.description,
        role=channel.role,
        resolution=channel.resolution,
        limits=LimitSet(
            warning_low=limits.warning_low,
            warning_high=limits.warning_high,
            critical_low=limits.critical_low,
            critical_high=limits.critical_high,
        ),
    )
