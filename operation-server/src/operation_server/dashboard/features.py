"""All channels of a satellite at a glance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from operation_server.dashboard.schemas import FeatureCard, FeatureList
from operation_server.events import queries as events
from operation_server.events.answers import event_item
from operation_server.events.queries import EventFilter
from operation_server.events.schemas import EventItem
from operation_server.judgements import scores
from operation_server.judgements.ranking import worst_severity
from operation_server.judgements.scores import LatestScore
from operation_server.satellites.channels import channels_of, metric_item
from operation_server.satellites.subject import Subject
from operation_server.services import MissionsDep, ReaderDep, provided
from operation_server.telemetry.decimate import Times, Values, decimate
from operation_server.telemetry.samples import Samples, Source
from operation_server.times import Span, from_ms
from operation_server.trends.answers import series_data
from operation_server.trends.schemas import SamplePoint
from passwatch.mission import Channel

EMPTY: tuple[Times, Values] = (np.array([], np.int64), np.array([], np.float64))


@dataclass(frozen=True, slots=True)
class Cards:
    """What cards are made from."""

    reader: ReaderDep
    missions: MissionsDep
    samples: Annotated[Samples, provided(Samples)]


def feature_list(cards: Cards, subject: Subject, span: Span, range_name: str | None, points: int) -> FeatureList:
    """A card for each channel over the span."""
    heard, start, end = subject.heard, from_ms(span.start), from_ms(span.end)
    series = cards.samples.of_satellite(Source(heard.satellite_id, heard.mission), span)
    touching = EventFilter(satellite_id=heard.satellite_id, mission=heard.mission, start=start, end=end)
    by_channel: dict[str, list[EventItem]] = defaultdict(list)
    with cards.reader.connect() as connection:
        for event in [event_item(e, cards.missions) for e in events.current(connection, touching)]:
            by_channel[event.channel].append(event)
        latest = scores.latest(connection, heard.satellite_id, heard.mission, start, end)
    items = [
        _card(c, series.get(c.metric, EMPTY), latest.get(c.name), by_channel[c.name], span, points)
        for c in channels_of(cards.samples, subject)
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
            "items": items,
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
