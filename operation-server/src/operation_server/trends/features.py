"""All channels of a satellite at a glance."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from operation_server.resources import Resources
from operation_server.schemas.batches import EventItem
from operation_server.schemas.dashboard import FeatureCard, FeatureList
from operation_server.schemas.trends import SamplePoint
from operation_server.store import events, scores
from operation_server.store.events import EventFilter
from operation_server.store.scores import LatestScore
from operation_server.trends.answers import series_data
from operation_server.trends.decimate import Times, Values, decimate
from operation_server.trends.ranges import Span, from_ms, to_ms
from operation_server.trends.samples import Samples, Source
from operation_server.trends.subject import Subject, metric_item
from operation_server.verdicts.ranking import worst_severity
from passwatch.mission import Channel

EMPTY: tuple[Times, Values] = (np.array([], np.int64), np.array([], np.float64))


def channels_of(samples: Samples, subject: Subject) -> list[Channel]:
    """The channels of a satellite: those its mission lists; for a mission that knows them by pattern, those heard."""
    mission, heard = subject.mission, subject.heard
    channels = {c.name: c for c in mission.channels}
    if mission.content.channel_patterns and heard.newest_sample is not None:
        names = samples.series_names(Source(heard.satellite_id, mission.id), to_ms(heard.newest_sample))
        found = [c for name in names if (c := mission.channel_of(name))]
        channels |= {c.name: c for c in sorted(found, key=lambda c: (c.role != "judged", c.name))}
    return list(channels.values())


def feature_list(deps: Resources, subject: Subject, span: Span, range_name: str | None, points: int) -> FeatureList:
    """A card for each channel over the span."""
    heard, start, end = subject.heard, from_ms(span.start), from_ms(span.end)
    series = deps.samples.of_satellite(Source(heard.satellite_id, heard.mission), span)
    touching = EventFilter(satellite_id=heard.satellite_id, mission=heard.mission, start=start, end=end)
    by_channel: dict[str, list[EventItem]] = defaultdict(list)
    with deps.engine.connect() as connection:
        for event in events.current(connection, touching, deps.missions):
            by_channel[event.channel].append(event)
        latest = scores.latest(connection, heard.satellite_id, heard.mission, start, end)
    cards = [
        _card(c, series.get(c.metric, EMPTY), latest.get(c.name), by_channel[c.name], span, points)
        for c in channels_of(deps.samples, subject)
    ]
    return FeatureList.model_validate(
        {
            "satellite_id": heard.satellite_id,
            "mission": heard.mission,
            "from": start,
            "to": end,
            "range": range_name,
            "newest_sample": heard.newest_sample,
            "cadence_ms": subject.mission.cadence_ms,
            "items": cards,
        }
    )


def _card(
    channel: Channel,
    samples: tuple[Times, Values],
    latest: LatestScore | None,
    found: list[EventItem],
    span: Span,
    points: int,
) -> FeatureCard:
    times, values = samples
    some = len(times) > 0
    return FeatureCard(
        **metric_item(channel).model_dump(),
        latest=SamplePoint(time=from_ms(int(times[-1])), value=float(values[-1])) if some else None,
        min=float(values.min()) if some else None,
        max=float(values.max()) if some else None,
        mean=float(values.mean()) if some else None,
        sparkline=series_data(*decimate(times, values, points, span.start, span.end)),
        verdict=latest.verdict if latest else None,
        score=latest.score if latest else None,
        threshold=latest.threshold if latest else None,
        events=len(found),
        severity=worst_severity(e.severity for e in found),
    )
