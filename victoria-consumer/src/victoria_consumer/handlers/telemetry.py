"""Taking telemetry from Kafka: one member of the consumer group, its partitions, and where it stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from passwatch.health import Check
from passwatch.kafka import ConfigValue, group_name, make_consumer, topic_name
from passwatch.streaming.messages import RawMessage
from passwatch.topics import TELEMETRY

_log = structlog.get_logger()

GROUP = "victoria-consumer"


class TelemetryReader:
    """A consumer of the telemetry topic; ``watched`` are settings of the client that let it be watched.

    ``on_assigned`` and ``on_lost`` get partitions that came and went; ``on_revoked`` those that are about to go.
    ``on_committed`` gets the offsets that the broker has committed. All are called within :meth:`take`.
    """

    def __init__(
        self,
        bootstrap: str,
        topic_prefix: str,
        watched: Mapping[str, ConfigValue],
        *,
        on_assigned: Callable[[int], None],
        on_revoked: Callable[[list[int]], None],
        on_lost: Callable[[int], None],
        on_committed: Callable[[int, int], None],
    ) -> None:
        self._topic = topic_name(topic_prefix, TELEMETRY)
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._on_lost = on_lost
        self._on_committed = on_committed
        self._held: list[RawMessage] = []
        self._paused = False
        self._joined = False
        self._fault: str | None = None
        self._ends: dict[int, int] = {}
        self._committing = False
        self._consumer: Consumer = make_consumer(
            bootstrap,
            group_name(topic_prefix, GROUP),
            enable_partition_eof=True,
            queued_max_messages_kbytes=32_768,
            fetch_queue_backoff_ms=10,
            on_commit=self._commit_answered,
            **watched,
        )
        self._consumer.subscribe(
            [self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._partitions_lost
        )

    def take(self, most: int, timeout_s: float) -> list[RawMessage]:
        """Up to ``most`` messages that are there; waits up to ``timeout_s`` seconds for the first."""
        if self._held:
            held, self._held = self._held, []
            return held
        messages = self._consumer.consume(1, timeout=timeout_s)
        if messages and most > 1:
            messages += self._consumer.consume(most - 1, timeout=0)
        return self._sorted_out(messages)

    def serve(self) -> None:
        """Stay a member of the group while no messages are wanted."""
        self._held += self._sorted_out(self._consumer.consume(1, timeout=0))

    def pause(self) -> None:
        """Take nothing from any partition until :meth:`resume`."""
        if not self._paused:
            self._paused = True
            self._consumer.pause(self._consumer.assignment())
            _log.info("paused: the storage is slower than the telemetry")

    def resume(self, except_for: Iterable[int]) -> None:
        """Go on with all partitions but these."""
        if self._paused:
            self._paused = False
            stay = set(except_for)
            self._consumer.resume([p for p in self._consumer.assignment() if p.partition not in stay])

    def hold(self, partition: int) -> None:
        """Take nothing from this partition until it is sought."""
        self._consumer.pause([TopicPartition(self._topic, partition)])

    def seek(self, offsets: dict[int, int]) -> dict[int, int]:
        """Go back to these offsets, slowed partitions too; returns those for which it must be tried again."""
        self._held = [message for message in self._held if message.partition() not in offsets]
        failed = {}
        for partition, offset in offsets.items():
            self._ends.pop(partition, None)
            place = TopicPartition(self._topic, partition, offset)
            try:
                self._consumer.seek(place)
                if not self._paused:
                    self._consumer.resume([place])
            except KafkaException as error:
                _log.warning("could not seek", partition=partition, offset=offset, error=str(error))
                failed[partition] = offset
        return failed

    def commit(self, offsets: dict[int, int], *, wait: bool = False) -> None:
        """Commit these offsets; without ``wait`` the answer comes later, and one request is under way at a time."""
        if not offsets or (self._committing and not wait):
            return
        places = [TopicPartition(self._topic, partition, offset) for partition, offset in offsets.items()]
        try:
            if wait:
                for place in self._consumer.commit(offsets=places, asynchronous=False):
                    if place.error is None:
                        self._on_committed(place.partition, place.offset)
            else:
                self._committing = True
                self._consumer.commit(offsets=places, asynchronous=True)
        except KafkaException as error:
            self._committing = False
            _log.warning("could not commit", error=str(error))

    def read_up_to(self, partition: int) -> int:
        """The offset at which the partition was last found to end; -1 if it was not since it was assigned or sought."""
        return self._ends.get(partition, -1)

    def check(self) -> Check:
        """Whether Kafka answers and has assigned partitions (or none to this member)."""
        if self._fault is not None:
            return Check(ok=False, detail=self._fault)
        if not self._joined:
            return Check(ok=False, detail=f"no partitions of {self._topic} assigned yet")
        return Check(ok=True, detail=f"member of the group of {self._topic}")

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _sorted_out(self, messages: list[Message]) -> list[RawMessage]:
        if not any(message.error() for message in messages):
            if messages:
                self._fault = None
            return cast("list[RawMessage]", messages)
        telemetry: list[RawMessage] = []
        for message in messages:
            error = message.error()
            if error is None:
                telemetry.append(cast("RawMessage", message))
            elif error.code() == KafkaError._PARTITION_EOF:
                self._ends[message.partition() or 0] = message.offset() or 0
            else:
                self._fault = error.str()
                _log.warning("kafka reports an error", error=str(error))
        return telemetry

    def _assigned(self, _consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._joined = True
        self._fault = None
        for place in partitions:
            self._ends.pop(place.partition, None)
            self._on_assigned(place.partition)
        self._consumer.incremental_assign(list(partitions))
        if self._paused:
            self._consumer.pause(list(partitions))
        _log.info("partitions assigned", partitions=[place.partition for place in partitions])

    def _revoked(self, _consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._on_revoked([place.partition for place in partitions])
        self._drop(partitions)
        _log.info("partitions revoked", partitions=[place.partition for place in partitions])

    def _partitions_lost(self, _consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._drop(partitions)
        _log.warning("partitions lost", partitions=[place.partition for place in partitions])

    def _drop(self, partitions: Sequence[TopicPartition]) -> None:
        gone = {place.partition for place in partitions}
        self._held = [message for message in self._held if message.partition() not in gone]
        for partition in gone:
            self._on_lost(partition)

    def _commit_answered(self, error: KafkaError | None, places: list[TopicPartition]) -> None:
        self._committing = False
        if error is not None:
            _log.warning("could not commit", error=str(error))
            return
        for place in places:
            if place.error is None:
                self._on_committed(place.partition, place.offset)
