"""Runs of consecutive bad messages: too long a run means that the door, not the message, may be wrong."""

from __future__ import annotations


class BadRuns:
    """Counts consecutive bad messages per partition."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._runs: dict[int, int] = {}

    def bad(self, partition: int) -> bool:
        """Note a bad message; true if the partition's run has reached the limit."""
        run = self._runs[partition] = self._runs.get(partition, 0) + 1
        return run >= self._limit

    def good(self, partition: int) -> None:
        """Note a good message: it ends the run."""
        if self._runs:
            self._runs.pop(partition, None)

    def forget(self, partition: int) -> None:
        """Begin anew with this partition."""
        self._runs.pop(partition, None)
