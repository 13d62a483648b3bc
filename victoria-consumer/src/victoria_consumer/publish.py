"""Publishing: progress, dead letters and heartbeats, each sent until Kafka has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
import structlog
from confluent_kafka import KafkaError, Message, Producer
from opentelemetry import trace

from passwatch import headers as kafka_headers
from passwatch.contracts import BatchProgress, PartitionHeartbeat
from passwatch.kafka import topic_name
from passwatch.topics import DEAD_LETTERS, PROGRESS
from victoria_consumer import dead_letter_headers
from victoria_consumer.batch_progress import ProgressMessage
from victoria_consumer.portion import DeadLetter

Header = tuple[str, str | bytes | None]
_log = structlog.get_logger()
_tracer = trace.get_tracer("passwatch.victoria-consumer")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send; ``partition`` is -1 where Kafka's partitioner decides by the key."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]


class Publisher:
    """Sends what the consumer has to tell. Safe to use from several threads."""

    def __init__(self, producer: Producer, topic_prefix: str) -> None:
        self._producer = producer
        self._progress_topic = topic_name(topic_prefix, PROGRESS)
        self._dead_letter_topic = topic_name(topic_prefix, DEAD_LETTERS)

    def publish(
        self, dead_letters: Iterable[DeadLetter], progress: Iterable[ProgressMessage], give_up: Callable[[], bool]
    ) -> bool:
        """Send dead letters, then progress, and wait until all are acknowledged; what fails is sent again.

        Blocks as long as Kafka is away; false if ``give_up`` said so before it was done.
        """
        waiting = [self._dead_letter(letter) for letter in dead_letters]
        waiting += [self._progress(message) for message in progress]
        while waiting:
            waiting = self._attempt(waiting, give_up)
            if waiting and give_up():
                return False
        return True

    def heartbeat(self, partition: int, broker_time: int, on_dated: Callable[[int], None]) -> None:
        """Send a heartbeat to this partition of the progress topic; ``on_dated`` gets the broker's date of it."""

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is None:
                on_dated(message.timestamp()[1])

        value = msgspec.json.encode(PartitionHeartbeat(partition=partition, broker_time=broker_time))
        headers: list[Header] = [*kafka_headers.make(PartitionHeartbeat, trace=False)]
        self._producer.produce(
            self._progress_topic, value=value, partition=partition, headers=headers, on_delivery=delivered
        )

    def poll(self) -> None:
        """Serve delivery reports."""
        self._producer.poll(0)

    def close(self, timeout_s: float) -> None:
        """Wait up to ``timeout_s`` seconds for what is under way."""
        self._producer.flush(timeout_s)

    def _attempt(self, messages: list[Outgoing], give_up: Callable[[], bool]) -> list[Outgoing]:
        """Send messages and wait for them; returns those that were not acknowledged."""
        unacknowledged = dict(enumerate(messages))

        def report(position: int) -> Callable[[KafkaError | None, Message], None]:
            def delivered(error: KafkaError | None, _message: Message) -> None:
                if error is None:
                    del unacknowledged[position]
                else:
                    _log.warning("kafka refused a message", topic=messages[position].topic, error=str(error))

            return delivered

        for position, message in enumerate(messages):
            self._send(message, report(position), give_up)
        while self._producer.flush(0.5) and not give_up():
            pass
        return list(unacknowledged.values())

    def _send(
        self, message: Outgoing, report: Callable[[KafkaError | None, Message], None], give_up: Callable[[], bool]
    ) -> None:
        while not give_up():
            try:
                self._producer.produce(
                    message.topic,
                    value=message.value,
                    key=message.key,
                    partition=message.partition,
                    headers=message.headers,
                    on_delivery=report,
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def _progress(self, message: ProgressMessage) -> Outgoing:
        progress = message.progress
        about = {"passwatch.satellite_id": progress.satellite_id, "passwatch.batch_id": progress.batch_id}
        sender = kafka_headers.trace_context(message.trace)
        with _tracer.start_as_current_span("tell progress", context=sender, attributes=about):
            headers: list[Header] = [*kafka_headers.make(BatchProgress)]
        return Outgoing(
            self._progress_topic,
            message.partition,
            progress.satellite_id.encode(),
            msgspec.json.encode(progress),
            headers,
        )

    def _dead_letter(self, letter: DeadLetter) -> Outgoing:
        message = letter.message
        headers: list[Header] = [*dead_letter_headers.make(letter)]
        return Outgoing(self._dead_letter_topic, -1, message.key(), message.value(), headers)
