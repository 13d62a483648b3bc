"""Kafka headers: message type, schema version and W3C trace context."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry import propagate
from opentelemetry.context import Context

from passwatch.contracts import SCHEMA_VERSION, Message

TYPE = "passwatch-type"
SCHEMA = "passwatch-schema"

RawHeaders = Sequence[tuple[str, bytes | str | None]] | Mapping[str, bytes | str | None]


def make(message_type: type[Message], *, trace: bool = True) -> list[tuple[str, bytes]]:
    """The headers of a message of this type, with the current trace context unless ``trace`` is false."""
    headers = [(TYPE, message_type.__name__.encode()), (SCHEMA, str(SCHEMA_VERSION).encode())]
    if trace:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        headers += [(name, value.encode()) for name, value in carrier.items()]
    return headers


def read(raw: RawHeaders | None) -> dict[str, str]:
    """Headers as text by name; a repeated name keeps its last value, undecodable bytes are replaced."""
    result: dict[str, str] = {}
    pairs = raw.items() if isinstance(raw, Mapping) else raw or ()
    for name, value in pairs:
        result[name] = value.decode(errors="replace") if isinstance(value, bytes) else value or ""
    return result


def trace_context(headers: dict[str, str]) -> Context:
    """The trace context that the sender put into the headers; an empty one if there is none."""
    carrier: dict[str, Any] = dict(headers)
    return propagate.extract(carrier)


_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent(headers: Mapping[str, str]) -> str | None:
    """The W3C trace parent among the headers; None if there is none of that form, whatever else was sent."""
    given = headers.get("traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) else None
