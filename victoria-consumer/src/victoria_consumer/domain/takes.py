"""Takes: series beside one another, so that no batch's samples are ever another's. Pure but for what loads them.

A batch takes up, in each take, the time from its first to its last record there; no other batch of the same satellite
and stream may have a record in between. New records go to the lowest take where they can: where that holds, and where
the batch's own records go on in the order of their indices, so that a clock that runs backwards leads to another take.
Records that were placed before go where they went, however they are cut into messages.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from passwatch.contracts import MAX_TAKES
from passwatch.streaming.faults import Reject
from victoria_consumer.domain.reasons import Reason

CACHED_ROWS = 200_000
"""Segments that are remembered before streams unused for longest are forgotten; they are loaded again on demand."""


class StreamKey(NamedTuple):
    """What takes are counted for."""

    mission: str
    satellite_id: str
    stream: str


class Segment:
    """Consecutive records of a batch within a take, in the order of time."""

    __slots__ = ("batch_id", "count", "first", "first_time", "last_time", "take")

    def __init__(self, batch_id: str, take: int, first: int, count: int, first_time: int, last_time: int) -> None:
        self.batch_id, self.take, self.first, self.count = batch_id, take, first, count
        self.first_time, self.last_time = first_time, last_time

    @property
    def end(self) -> int:
        """One past its last index."""
        return self.first + self.count


class Piece(NamedTuple):
    """Records of a run, by position from ``start`` to before ``stop``, that belong to one take."""

    take: int
    start: int
    stop: int


class _Hull:
    """The time that a batch takes up in a take."""

    __slots__ = ("batch_id", "first_time", "last_time")

    def __init__(self, batch_id: str, first_time: int, last_time: int) -> None:
        self.batch_id, self.first_time, self.last_time = batch_id, first_time, last_time


_FIRST = attrgetter("first")
_FIRST_TIME = attrgetter("first_time")


class StreamTakes:
    """The takes of one stream of a satellite."""

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        self._own: dict[str, dict[int, list[Segment]]] = {}
        self._hulls: list[list[_Hull]] = [[] for _ in range(MAX_TAKES)]
        self._hull_of: dict[tuple[int, str], _Hull] = {}
        self.rows = 0
        for segment in segments:
            self._insert(segment)

    def assign(
        self, batch_id: str, first: int, times: NDArray[np.int64], on_change: Callable[[Segment], None]
    ) -> list[Piece]:
        """The takes of records ``first`` … of a batch, taken at ``times`` (ms, rising strictly).

        The same records at the same times get the same takes again. ``on_change`` gets what is to be remembered.

        Raises:
            Reject: there is no take left for some of them, or some came before with other times.
        """
        own = self._own.get(batch_id)
        if own is None:
            own = self._own[batch_id] = {}
        pieces: list[Piece] = []
        at, total = 0, len(times)
        while at < total:
            index, time = first + at, int(times[at])
            known = _holding(own, index, time)
            if known is None and (before := _with_index(own, index)) is not None:
                raise Reject(
                    Reason.INDEX_REUSED,
                    f"record {index} of batch {batch_id!r} is of {time}; it came before, within records {before.first} "
                    f"to {before.end - 1} of {before.first_time} to {before.last_time}",
                )
            if known is not None:
                stop = min(total, at + known.end - index)
                stop = at + int(np.searchsorted(times[at:stop], known.last_time, side="right"))
                take = known.take
            else:
                stop = self._new_until(own, first, at, times)
                take = self._place(own, batch_id, index, times[at:stop], on_change)
            if pieces and pieces[-1].take == take:
                pieces[-1] = Piece(take, pieces[-1].start, stop)
            else:
                pieces.append(Piece(take, at, stop))
            at = stop
        return pieces

    def _new_until(self, own: dict[int, list[Segment]], first: int, at: int, times: NDArray[np.int64]) -> int:
        """How far records that are new from position ``at`` on may be placed together."""
        stop, index = len(times), first + at
        latest = -1
        for segments in own.values():
            for segment in segments:
                if segment.first > index:
                    stop = min(stop, segment.first - first)
                elif segment.last_time > latest:
                    latest = segment.last_time
        if times[at] <= latest:  # the clock ran backwards: until it has caught up
            stop = at + int(np.searchsorted(times[at:stop], latest, side="right"))
        return stop

    def _place(
        self,
        own: dict[int, list[Segment]],
        batch_id: str,
        index: int,
        times: NDArray[np.int64],
        on_change: Callable[[Segment], None],
    ) -> int:
        count, first_time, last_time = len(times), int(times[0]), int(times[-1])
        for take in range(MAX_TAKES):
            segments = own.get(take, [])
            position = bisect_right(segments, index, key=_FIRST)
            before = segments[position - 1] if position else None
            after = segments[position] if position < len(segments) else None
            if before is not None and (before.end > index or before.last_time >= first_time):
                continue
            if after is not None and (after.first < index + count or after.first_time <= last_time):
                continue
            hull = self._hull_of.get((take, batch_id))
            start = first_time if hull is None else min(first_time, hull.first_time)
            end = last_time if hull is None else max(last_time, hull.last_time)
            if not self._free(take, batch_id, start, end):
                continue
            if before is not None and before.end == index:
                before.count += count
                before.last_time = last_time
                self._widen(take, batch_id, start, end)
                on_change(before)
            else:
                segment = Segment(batch_id, take, index, count, first_time, last_time)
                self._insert(segment)
                on_change(segment)
            return take
        raise Reject(
            Reason.TOO_MANY_TAKES,
            f"records {index} to {index + count - 1} of batch {batch_id!r} share their times with others in each of "
            f"{MAX_TAKES} takes",
        )

    def _free(self, take: int, batch_id: str, start: int, end: int) -> bool:
        hulls = self._hulls[take]
        for position in range(bisect_right(hulls, end, key=_FIRST_TIME) - 1, -1, -1):
            hull = hulls[position]
            if hull.batch_id != batch_id:
                return hull.last_time < start
        return True

    def _insert(self, segment: Segment) -> None:
        segments = self._own.setdefault(segment.batch_id, {}).setdefault(segment.take, [])
        segments.insert(bisect_right(segments, segment.first, key=_FIRST), segment)
        self._widen(segment.take, segment.batch_id, segment.first_time, segment.last_time)
        self.rows += 1

    def _widen(self, take: int, batch_id: str, first_time: int, last_time: int) -> None:
        hulls, hull = self._hulls[take], self._hull_of.get((take, batch_id))
        if hull is None:
            hull = self._hull_of[take, batch_id] = _Hull(batch_id, first_time, last_time)
            hulls.insert(bisect_right(hulls, first_time, key=_FIRST_TIME), hull)
        else:  # what lies between is its own, so it stays where it is in the order
            hull.first_time = min(hull.first_time, first_time)
            hull.last_time = max(hull.last_time, last_time)


def _holding(own: dict[int, list[Segment]], index: int, time: int) -> Segment | None:
    """The segment that holds this record of a batch."""
    for segments in own.values():
        position = bisect_right(segments, index, key=_FIRST)
        if position:
            segment = segments[position - 1]
            if index < segment.end and segment.first_time <= time <= segment.last_time:
                return segment
    return None


def _with_index(own: dict[int, list[Segment]], index: int) -> Segment | None:
    """The segment that holds a record of this index, whatever its time."""
    return next((one for segments in own.values() for one in segments if one.first <= index < one.end), None)


class TakeBook:
    """The takes of all streams that this consumer stores; ``load`` gives what was remembered of one of them."""

    def __init__(self, load: Callable[[StreamKey], Iterable[Segment]], cached_rows: int = CACHED_ROWS) -> None:
        self._load = load
        self._cached_rows = cached_rows
        self._streams: OrderedDict[StreamKey, StreamTakes] = OrderedDict()
        self._changed: dict[tuple[StreamKey, str, int, int], Segment] = {}

    def assign(self, key: StreamKey, batch_id: str, first: int, times: NDArray[np.int64]) -> list[Piece]:
        """The takes of records of a batch; see :meth:`StreamTakes.assign`.

        Raises:
            Reject: there is no take left for some of them.
            Retry: what was remembered of the stream cannot be loaded now.
        """
        takes = self._streams.get(key)
        if takes is None:
            takes = self._streams[key] = StreamTakes(self._load(key))
        else:
            self._streams.move_to_end(key)
        return takes.assign(batch_id, first, times, lambda segment: self._note(key, segment))

    def _note(self, key: StreamKey, segment: Segment) -> None:
        self._changed[key, segment.batch_id, segment.take, segment.first] = segment

    def save(self, write: Callable[[list[tuple[StreamKey, Segment]]], None]) -> None:
        """Have ``write`` remember all that changed; if it cannot, it is asked again the next time."""
        if self._changed:
            write([(key, segment) for (key, *_), segment in sorted(self._changed.items(), key=lambda item: item[0])])
            self._changed.clear()
        rows = sum(takes.rows for takes in self._streams.values()) if len(self._streams) > 1 else 0
        while rows > self._cached_rows and len(self._streams) > 1:
            rows -= self._streams.popitem(last=False)[1].rows

    def forget(self) -> None:
        """Load anew whatever is needed: another consumer may have stored in between."""
        self._streams.clear()
        self._changed.clear()
