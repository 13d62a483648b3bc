"""Spans of time: what a request may ask for, and what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from passwatch.contracts import MAX_TIME_MS

RANGES: dict[str, timedelta] = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
    "1w": timedelta(weeks=1),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END = EPOCH + timedelta(milliseconds=MAX_TIME_MS)
_MS = re.compile(r"-?\d{1,15}")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end``, both inclusive, in ms since the epoch."""

    start: int
    end: int


def parse_instant(text: str) -> datetime:
    """An instant from ISO 8601 with an offset, or from milliseconds since the epoch.

    >>> parse_instant("2026-01-02T03:04:05Z") == parse_instant("1767323045000")
    True

    Raises:
        ValueError: it is neither, has no offset, or lies outside the years 1970 to 2199.
    """
    if _MS.fullmatch(text):
        ms = int(text)
        if not 0 <= ms < MAX_TIME_MS:
            raise ValueError("milliseconds outside the years 1970 to 2199")
        return from_ms(ms)
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("neither an ISO 8601 instant nor milliseconds since the epoch") from None
    if value.tzinfo is None:
        raise ValueError("an instant needs an offset; append Z for UTC")
    if not EPOCH <= value < END:
        raise ValueError("outside the years 1970 to 2199")
    return value.astimezone(UTC)


def from_ms(ms: int) -> datetime:
    """The instant ``ms`` milliseconds after the epoch, exactly."""
    return EPOCH + timedelta(milliseconds=ms)


def to_ms(value: datetime) -> int:
    """Milliseconds since the epoch; what is finer than a millisecond is dropped."""
    return (value - EPOCH) // timedelta(milliseconds=1)


def counted_back(name: str, newest: datetime) -> Span:
    """The span of a named range that ends at the newest sample."""
    return Span(to_ms(newest - RANGES[name]), to_ms(newest))
