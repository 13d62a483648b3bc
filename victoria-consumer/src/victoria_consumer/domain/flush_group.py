"""Group commit of flushes: one flush makes everything imported before it queryable, and releases all who wait."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class FlushGroup(Generic[T]):
    """Collects what waits for a flush, and says when the next one may begin.

    Flushes begin at least ``interval_s`` apart, and so far apart that they take at most a fifth of the time: a flush is
    meant for debugging and slows a busy storage down. Times are seconds of any one steadily rising clock.
    """

    _SHARE = 5

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._waiting: list[T] = []
        self._begun = float("-inf")
        self._next = float("-inf")

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item: T) -> None:
        """Let an item wait for the next flush."""
        self._waiting.append(item)

    def wait_s(self, now: float) -> float | None:
        """Seconds until the next flush is due, 0 if it is; None if nothing waits for one."""
        return max(0.0, self._next - now) if self._waiting else None

    def begin(self, now: float) -> list[T]:
        """A flush begins: returns those whom its success releases. What is added from now on waits for the next."""
        self._begun = now
        self._next = now + self._interval_s
        released, self._waiting = self._waiting, []
        return released

    def end(self, now: float) -> None:
        """The flush has succeeded."""
        self._next = max(self._next, self._begun + self._SHARE * (now - self._begun))

    def clear(self) -> None:
        """Forget all who wait."""
        self._waiting = []
