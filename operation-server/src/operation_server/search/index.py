"""What a search engine over results must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from operation_server.db.rows import Row
from operation_server.search.schemas import SearchHit
from operation_server.web.paging import Position

FILTERS = ("kind", "satellite_id", "mission", "subsystem", "channel", "verdict", "severity")
"""What a query may ask to be equal."""
_DIRECT = [name for name in SearchHit.model_fields if name not in ("time", "text")]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for; None takes all. ``text``: words that all must occur, `"a phrase"`, `or`, `-not`."""

    text: str | None = None
    kind: str | None = None
    satellite_id: str | None = None
    mission: str | None = None
    subsystem: str | None = None
    channel: str | None = None
    verdict: str | None = None
    severity: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def filters(self) -> dict[str, str]:
        """What must be equal, by its name."""
        asked = {name: getattr(self, name) for name in FILTERS}
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Found:
    """Matches, the newest first, and the engine that found them."""

    engine: str
    hits: Sequence[SearchHit]


def hit(row: Row) -> SearchHit:
    """A document as the API shows it."""
    return SearchHit(**{name: row[name] for name in _DIRECT}, time=row["at"], text=row["body"])


class SearchIndex(Protocol):
    """Finds batches, and events and verdicts of the current revisions and of jobs."""

    @property
    def name(self) -> str:
        """The engine that answers now, as the API tells it."""

    def find(self, query: SearchQuery, position: Position | None, limit: int) -> Found:
        """At most ``limit`` matches after ``position``: the newest first, by time and id."""
