"""What another detector would have found: events gained, lost and moved, and nuisances a day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """An anomaly that a detector found: whose, where, from when to when (ms, inclusive), how bad."""

    satellite_id: str
    channel: str
    start: int
    end: int
    severity: str
    score: float
    detector: str
    explanation: str

    def overlap(self, other: Event) -> int:
        """Milliseconds that both last, and 1 for touching; 0 if they have nothing in common."""
        if (self.satellite_id, self.channel) != (other.satellite_id, other.channel):
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start) + 1)


class Moved(NamedTuple):
    """An event that both found, with other bounds or another severity."""

    before: Event
    after: Event


@dataclass(frozen=True, slots=True)
class Diff:
    """What one detector found and the other did not; ``kept`` counts events that both found alike."""

    gained: list[Event]
    lost: list[Event]
    moved: list[Moved]
    kept: int


@dataclass(frozen=True, slots=True)
class Label:
    """A span (ms, inclusive) in which something is known to be wrong with a satellite, or one of its channels."""

    satellite_id: str
    channel: str | None
    start: int
    end: int

    def covers(self, event: Event) -> bool:
        """Whether the event touches it."""
        return (
            event.satellite_id == self.satellite_id
            and self.channel in (None, event.channel)
            and event.start <= self.end
            and event.end >= self.start
        )


def compare(before: Sequence[Event], after: Sequence[Event]) -> Diff:
    """Pair events that overlap, those with most in common first, each at most once."""
    pairs = sorted(
        ((a.overlap(b), i, j) for i, a in enumerate(before) for j, b in enumerate(after) if a.overlap(b)),
        key=lambda pair: (-pair[0], before[pair[1]], after[pair[2]]),
    )
    to: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in pairs:
        if i not in to and j not in taken:
            to[i] = j
            taken.add(j)
    both = [Moved(before[i], after[j]) for i, j in sorted(to.items())]
    same = [_same(*pair) for pair in both]
    return Diff(
        gained=sorted(event for j, event in enumerate(after) if j not in taken),
        lost=sorted(event for i, event in enumerate(before) if i not in to),
        moved=sorted(pair for pair, alike in zip(both, same, strict=True) if not alike),
        kept=sum(same),
    )


def nuisances(events: Sequence[Event], labels: Sequence[Label]) -> list[Event]:
    """Events where nothing is known to be wrong."""
    return [event for event in events if not any(label.covers(event) for label in labels)]


def per_day(count: int, observed_ms: int) -> float | None:
    """So many in that much observed time of all satellites, a day; None if nothing was observed."""
    return count * DAY_MS / observed_ms if observed_ms > 0 else None


def _same(before: Event, after: Event) -> bool:
    return (before.start, before.end, before.severity) == (after.start, after.end, after.severity)
