"""The newest live events in memory, and the streams that follow them. It lives in one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence

from operation_server.live.queries import LiveEvent

KEPT = 5000
READ = 500

ReadAfter = Callable[[int, int], Sequence[LiveEvent]]


class LiveHub:
    """Hands events on to any number of streams, each at its own position.

    ``read_after(seq, limit)`` reads older events than those in memory; it is called in a thread.
    """

    def __init__(self, read_after: ReadAfter) -> None:
        self._read_after = read_after
        self._events: deque[LiveEvent] = deque(maxlen=KEPT)
        self._floor: int | None = None
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def newest(self) -> int | None:
        """The number of the newest event; None before the database was read for the first time."""
        return self._events[-1].seq if self._events else self._floor

    def begin(self, newest: int) -> None:
        """Start: everything up to this number is in the database alone."""
        if self._floor is None:
            self._floor = newest

    def publish(self, events: Sequence[LiveEvent]) -> None:
        """Take events, in their order, and wake the streams."""
        for event in events:
            if len(self._events) == KEPT:
                self._floor = self._events[0].seq
            self._events.append(event)
        self._wake()

    def close(self) -> None:
        """End every stream, so that the server can stop; browsers reconnect to the next one."""
        self._closed = True
        self._wake()

    async def follow(self, position: int, quiet_s: float) -> AsyncIterator[LiveEvent | None]:
        """The events that follow ``position``, those of the past first, then as they come, until the hub closes.

        None comes whenever no event has come for ``quiet_s`` seconds.
        """
        while not self._closed:
            changed = self._changed
            events = await self._following(position)
            for event in events:
                yield event
                position = event.seq
            if not events:
                try:
                    async with asyncio.timeout(quiet_s):
                        await changed.wait()
                except TimeoutError:
                    yield None

    async def _following(self, position: int) -> Sequence[LiveEvent]:
        if self._floor is not None and position < self._floor:
            older = await asyncio.to_thread(self._read_after, position, READ)
            if older:
                return older
        return [event for event in self._events if event.seq > position]

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
