"""What a search engine over results must do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from operation_server.paging import Position
from operation_server.schemas.search import SearchHit


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


class SearchIndex(Protocol):
    """Finds events and verdicts of the current revisions and of jobs."""

    @property
    def name(self) -> str:
        """The engine's name, as the API tells it."""

    def find(self, query: SearchQuery, position: Position | None, limit: int) -> list[SearchHit]:
        """At most ``limit`` matches after ``position``: the newest first, by time and id."""
