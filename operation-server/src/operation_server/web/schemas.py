"""Types shared by all resources: instants, pages, series, problems."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

VerdictName = Literal["NOMINAL", "ANOMALY", "INSUFFICIENT_DATA", "ERROR"]
OverallVerdict = Literal["PENDING", "NOMINAL", "ANOMALY", "INSUFFICIENT_DATA", "ERROR"]
BatchStatus = Literal["RECEIVING", "JUDGING", "JUDGED"]
SeverityName = Literal["warning", "critical"]
RuleName = Literal["complete", "grace", "quiet", "max_wait", "on_demand"]
RangeName = Literal["1h", "6h", "1d", "1w"]


def iso(value: datetime) -> str:
    """An instant as the API writes it: UTC, milliseconds, ``Z``.

    >>> iso(datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    '2026-01-02T03:04:05.678Z'
    """
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-02T03:04:05.678Z"]}),
]


def has_control(text: str) -> bool:
    """Whether a text holds a control character, or half of a surrogate pair, which cannot be written as UTF-8.

    >>> has_control("SAT-001"), has_control("a\\x00b")
    (False, True)
    """
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def _plain(text: str) -> str:
    if has_control(text):
        raise ValueError("has a control character")
    return text


Text = Annotated[str, AfterValidator(_plain)]
"""A text in a request's body: an id or a name, which holds no control character."""


class ApiModel(BaseModel):
    """The base of every answer; fields may be given by name or alias, or as attributes of another object."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True, from_attributes=True)


def example(value: dict[str, Any], *, forbid_extra: bool = False) -> ConfigDict:
    """A model's configuration that shows ``value`` as its example in the OpenAPI document."""
    config = ConfigDict(populate_by_name=True, serialize_by_alias=True, json_schema_extra={"examples": [value]})
    if forbid_extra:
        config["extra"] = "forbid"
    return config


T = TypeVar("T")


class Page(ApiModel, Generic[T]):
    """One page of a list, newest first unless its resource says otherwise."""

    items: list[T]
    next: str | None = Field(description="cursor of the next page; null on the last one")


SERIES_EXAMPLE = {"t": [1767322800000, 1767322830000], "v": [28.41, None]}


class SeriesData(ApiModel):
    """A series: times in milliseconds since the epoch, rising, and as many values; null where there is none."""

    model_config = example(SERIES_EXAMPLE)

    t: list[int] = Field(description="event times, ms since the Unix epoch")
    v: list[float | None] = Field(description="values in the channel's unit")


class IndexSpanItem(ApiModel):
    """``count`` consecutive record indices from ``first``."""

    first: int
    count: int


class RejectedSamplesItem(ApiModel):
    """Samples of one channel that were not stored; their records' other channels were."""

    channel: str
    reason: str = Field(description="of the dead letters, `beyond-scale` for example")
    first: int = Field(description="the first record that lacks one")
    count: int


class RepeatedTimesItem(ApiModel):
    """Records of a batch whose times do not follow those before them."""

    count: int
    first_time: int = Field(description="ms since the epoch")
    last_time: int = Field(description="ms since the epoch")


class LimitSet(ApiModel):
    """Static limits of a channel in its unit; null where there is none."""

    warning_low: float | None = None
    warning_high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None


class Percentiles(ApiModel):
    """How a duration is distributed, in seconds; null where nothing was measured."""

    count: int
    median: float | None
    p95: float | None
    max: float | None


class ProblemItem(ApiModel):
    """One thing wrong with a request."""

    field: str = Field(description="where it is: `query.limit`, `body.from`, `path.batch_uid`, `header.last-event-id`")
    message: str


class Problem(ApiModel):
    """Why a request failed (RFC 9457, `application/problem+json`)."""

    model_config = example(
        {
            "type": "urn:passwatch:problem:invalid-request",
            "title": "Invalid request",
            "status": 422,
            "detail": "query.limt: no such parameter; did you mean limit?",
            "errors": [{"field": "query.limt", "message": "no such parameter; did you mean limit?"}],
        }
    )

    type: str = Field(description="a URI that names the kind of problem")
    title: str = Field(description="the kind of problem, in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened this time")
    errors: list[ProblemItem] | None = Field(None, description="each thing wrong with the request, if it was invalid")
