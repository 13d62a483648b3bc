"""What a trend is about: which satellite, which channel, from when to when."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from operation_server.satellites import queries as satellites
from operation_server.satellites.queries import Heard
from operation_server.times import Span, counted_back, to_ms
from operation_server.web.problems import InvalidRequest, NotFound
from passwatch.mission import Channel, Mission
from passwatch.names import METRIC_PREFIX

DEFAULT_RANGE = "6h"
MAX_SPAN_MS = 400 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Subject:
    """A satellite that was heard, and its mission."""

    heard: Heard
    mission: Mission


def find_subject(engine: Engine, missions: Mapping[str, Mission], satellite_id: str, mission: str | None) -> Subject:
    """The satellite as last heard.

    Raises:
        NotFound: it was never heard, or not of that mission; the message names the closest id.
    """
    with engine.connect() as connection:
        heard = satellites.find(connection, satellite_id, mission)
        if heard is None:
            close = difflib.get_close_matches(satellite_id, satellites.similar(connection), n=1)
            of = f" of mission {mission}" if mission else ""
            hint = f"; did you mean {close[0]}?" if close and close[0] != satellite_id else ""
            raise NotFound(f"no telemetry of satellite {satellite_id}{of} has come{hint}")
    if heard.mission not in missions:
        raise NotFound(f"there is no mission {heard.mission} here")
    return Subject(heard, missions[heard.mission])


def find_channel(subject: Subject, metric: str, known: list[str]) -> Channel:
    """The channel that ``metric`` names, by its own name or its series'. ``known`` are channels seen in results.

    Raises:
        NotFound: the mission has none; the message names the closest.
    """
    mission = subject.mission
    channel = mission.channel(metric) or mission.channel_of(metric)
    if channel is None:
        names = [*known, *(c.name for c in mission.channels)]
        close = difflib.get_close_matches(metric.removeprefix(METRIC_PREFIX), names, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise NotFound(f"mission {mission.id} has no channel {metric}{hint}")
    return channel


def find_span(
    heard: Heard, range_name: str | None, start: datetime | None, end: datetime | None
) -> tuple[Span, str | None]:
    """The span asked for, and the range's name if one was meant.

    A range counts back from the satellite's newest sample; so does a missing ``end``.

    Raises:
        InvalidRequest: both a range and bounds are given, or the bounds contradict each other.
        NotFound: there is no sample to count back from.
    """
    if range_name is not None and (start is not None or end is not None):
        raise InvalidRequest.of("query.range", "give either range, or from and to, not both")
    if end is not None and start is None:
        raise InvalidRequest.of("query.from", "to needs from")
    newest = heard.newest_sample
    if start is not None:
        last = end or newest or start
        if last < start:
            raise InvalidRequest.of("query.to", f"before from ({start.isoformat()})")
        span = Span(to_ms(start), to_ms(last))
        if span.end - span.start > MAX_SPAN_MS:
            raise InvalidRequest.of("query.from", "more than 400 days before to")
        return span, None
    if newest is None:
        raise NotFound(f"no sample of satellite {heard.satellite_id} is stored yet")
    name = range_name or DEFAULT_RANGE
    return counted_back(name, newest), name
