"""What changed from one revision of a batch to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Spanned(Protocol):
    """An event, as far as a diff looks at it. Bounds are inclusive."""

    @property
    def channel(self) -> str:
        """The channel that it is on."""

    @property
    def start(self) -> datetime:
        """Its first sample's time."""

    @property
    def end(self) -> datetime:
        """Its last sample's time."""

    @property
    def severity(self) -> str:
        """How bad it is."""


E = TypeVar("E", bound=Spanned)


@dataclass(frozen=True, slots=True)
class EventDiff(Generic[E]):
    """Every event of the later revision is gained, moved (as the second) or unchanged; likewise the former's."""

    gained: list[E]
    lost: list[E]
    moved: list[tuple[E, E]]


def diff_events(before: Sequence[E], after: Sequence[E]) -> EventDiff[E]:
    """Match events of one channel that overlap, the longest overlap first; tell what is new, gone, and moved."""
    gained: list[E] = []
    lost: list[E] = []
    moved: list[tuple[E, E]] = []
    old_by_channel, new_by_channel = _by_channel(before), _by_channel(after)
    for channel in sorted(old_by_channel.keys() | new_by_channel.keys()):
        old, new = old_by_channel.get(channel, []), new_by_channel.get(channel, [])
        pairs = _matched(old, new)
        moved += [(old[i], new[j]) for i, j in pairs if _differs(old[i], new[j])]
        lost += [event for i, event in enumerate(old) if i not in {i for i, _ in pairs}]
        gained += [event for j, event in enumerate(new) if j not in {j for _, j in pairs}]
    return EventDiff(gained, lost, moved)


def diff_verdicts(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str | None, str | None]]:
    """Subsystem, former and later verdict of every subsystem whose verdict differs."""
    names = sorted(before.keys() | after.keys())
    return [(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]


def _by_channel(events: Sequence[E]) -> dict[str, list[E]]:
    grouped: dict[str, list[E]] = defaultdict(list)
    for event in sorted(events, key=lambda e: (e.start, e.end)):
        grouped[event.channel].append(event)
    return grouped


def _matched(old: Sequence[E], new: Sequence[E]) -> list[tuple[int, int]]:
    overlaps = [
        (min(a.end, b.end) - max(a.start, b.start), i, j)
        for i, a in enumerate(old)
        for j, b in enumerate(new)
        if a.start <= b.end and b.start <= a.end
    ]
    overlaps.sort(key=lambda o: (-o[0], o[1] + o[2], abs(o[1] - o[2])))
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for _, i, j in overlaps:
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((i, j))
    return sorted(pairs)


def _differs(a: Spanned, b: Spanned) -> bool:
    return (a.start, a.end, a.severity) != (b.start, b.end, b.severity)
