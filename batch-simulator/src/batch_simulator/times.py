"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

DAY_MS = 86_400_000


def iso(ms: int) -> str:
    """ISO 8601 in UTC with milliseconds: ``2026-11-21T10:15:00.000Z``."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def compact(ms: int) -> str:
    """A time as a part of a name: ``20261121T101500Z``, with milliseconds where there are any."""
    moment = datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y%m%dT%H%M%S")
    return f"{moment}.{ms % 1000:03d}Z" if ms % 1000 else f"{moment}Z"


def parse(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time; one without an offset is UTC.

    Raises:
        ValueError: the text is no such time, or lies before 1970.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    ms = round(moment.timestamp() * 1000)
    if ms < 0:
        raise ValueError(f"{text} lies before 1970")
    return ms


def duration(ms: int) -> str:
    """A span in the two units that matter: ``9 h 0 min``, ``3 d 4 h``, ``40 s``."""
    seconds = ms // 1000
    for size, unit, part, minor in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // part} {minor}"
    return f"{seconds} s"
