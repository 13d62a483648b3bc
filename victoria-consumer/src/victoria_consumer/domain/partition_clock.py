"""The clock that a partition's heartbeats carry: the broker time up to which all its telemetry has been handled.

It advances by what is handled, not by the wall clock, so a stopped or lagging consumer does not advance it. Where
nothing comes, it advances by the broker's own clock: the broker dates each heartbeat, and once the partition is found
empty *after* that, it was handled up to that date. So an idle partition's clock lags by one heartbeat.
"""

from __future__ import annotations


class PartitionClock:
    """The clock of one partition. All times are broker times in milliseconds."""

    def __init__(self) -> None:
        self._handled = 0
        self._probe = 0
        self._told = 0

    def handled(self, broker_time: int) -> None:
        """A message of this broker time was stored and its progress reported, as was every message before it."""
        self._handled = max(self._handled, broker_time - 1)

    def probe(self, broker_time: int) -> None:
        """The broker dated a heartbeat of this partition."""
        self._probe = max(self._probe, broker_time)

    def next_heartbeat(self, probed: int | None) -> int | None:
        """The time to send now, None if there is nothing new to say.

        ``probed`` is what :attr:`probed` was before the partition was found to hold nothing unhandled; None if it was
        not found so. A partition that is caught up always sends one, since the next depends on the answer.
        """
        if probed is not None:
            self._handled = max(self._handled, probed)
        elif self._handled <= self._told:
            return None
        self._told = self._handled
        return self._told

    @property
    def probed(self) -> int:
        """The newest date that the broker gave; 0 before the first."""
        return self._probe
