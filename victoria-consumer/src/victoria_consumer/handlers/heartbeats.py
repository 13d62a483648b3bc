"""Heartbeats: for each partition, up to which broker time its telemetry has been handled."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from confluent_kafka import KafkaException

from passwatch.health import Check
from victoria_consumer.domain.partition_clock import PartitionClock
from victoria_consumer.handlers.publisher import Publisher
from victoria_consumer.handlers.topic_ends import TopicEnds

_log = structlog.get_logger()


class Heartbeats:
    """The heartbeats of the assigned partitions.

    ``everything_told`` answers, for a partition and the offset of its end, whether all before it was taken in, stored
    and reported.
    """

    def __init__(
        self,
        publisher: Publisher,
        ends: TopicEnds,
        everything_told: Callable[[int, int], bool],
        interval_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._publisher = publisher
        self._ends = ends
        self._everything_reported = everything_told
        self._interval_s = interval_s
        self._clock = clock
        self._clocks: dict[int, PartitionClock] = {}
        self._probed: dict[int, int] = {}
        self._next = clock()
        self._trouble: str | None = None

    def assign(self, partition: int) -> None:
        """Begin to send heartbeats of a partition."""
        self._clocks[partition] = PartitionClock()

    def forget(self, partition: int) -> None:
        """Send no more heartbeats of a partition."""
        self._clocks.pop(partition, None)

    def handled(self, partition: int, broker_time: int) -> None:
        """Everything in the partition up to a message of this broker time is stored and reported."""
        self._clocks[partition].handled(broker_time)

    def turn(self) -> None:
        """Ask for the partitions' ends when it is time, and send heartbeats when they are known; never blocks."""
        now = self._clock()
        try:
            if now >= self._next and not self._ends.asked:
                self._next = now + self._interval_s
                self._probed = {partition: clock.probed for partition, clock in self._clocks.items()}
                self._ends.ask(self._clocks)
            ends = self._ends.answer()
            if ends is not None:
                self._trouble = None
                self._tell(ends)
        except (KafkaException, BufferError) as error:
            self._trouble = str(error)
            _log.warning("no heartbeats", error=str(error))

    def check(self) -> Check:
        """Whether the broker answers."""
        return Check(self._trouble is None, self._trouble or "the broker answers")

    def _tell(self, ends: dict[int, int]) -> None:
        for partition, end in ends.items():
            clock = self._clocks.get(partition)
            if clock is None:
                continue
            time = clock.next_heartbeat(
                self._probed.get(partition, 0) if self._everything_reported(partition, end) else None
            )
            if time is not None:
                self._publisher.heartbeat(partition, time, clock.probe)
