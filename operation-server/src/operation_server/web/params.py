"""Query parameters that several resources share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from operation_server.times import parse_instant
from operation_server.web.schemas import RangeName
from passwatch.contracts import Stream

PAGE_LIMIT = 200
POINTS_MIN = 16
POINTS_MAX = 20_000


def _instant(value: Any) -> Any:
    return parse_instant(value) if isinstance(value, str) else value


InstantText = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "examples": ["2026-01-02T03:04:05Z"]})
]

Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT, description="items of the page at most")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]
SatelliteFilter = Annotated[str | None, Query(max_length=64, description="only this satellite")]
MissionFilter = Annotated[str | None, Query(max_length=64, description="only this mission")]
ChannelFilter = Annotated[str | None, Query(max_length=128, description="only this channel")]
SubsystemFilter = Annotated[str | None, Query(max_length=64, description="only this subsystem")]
From = Annotated[
    InstantText | None, Query(alias="from", description="ISO 8601 with offset, or ms since the epoch; inclusive")
]
To = Annotated[
    InstantText | None, Query(alias="to", description="ISO 8601 with offset, or ms since the epoch; inclusive")
]
Satellite = Annotated[str, Query(min_length=1, max_length=64, examples=["SAT-001"])]
SatelliteMission = Annotated[
    str | None, Query(max_length=64, description="the satellite's mission; default: the one it was heard of last")
]
StreamOf = Annotated[Stream, Query(description="how the telemetry came")]
Metric = Annotated[
    str, Query(min_length=1, max_length=128, description="channel or series name", examples=["battery_temp"])
]
Range = Annotated[
    RangeName | None,
    Query(description="a span that ends at the satellite's newest sample; 6h if neither this nor from and to is given"),
]
Points = Annotated[
    int | None,
    Query(ge=POINTS_MIN, le=POINTS_MAX, description="points of a series at most; default: the server's setting"),
]
