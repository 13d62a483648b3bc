"""Publishing: progress, dead letters and heartbeats, each sent until Kafka has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from confluent_kafka import KafkaError, Message, Producer
from opentelemetry import trace

from passwatch import headers as kafka_headers
from passwatch.contracts import BatchProgress, PartitionHeartbeat
from passwatch.kafka import topic_name
from passwatch.streaming.dead_letters import DeadLetter, outgoing
from passwatch.streaming.messages import Headers
from passwatch.streaming.outgoing import Outgoing, Sender
from passwatch.topics import PROGRESS
from victoria_consumer.domain.batch_progress import ProgressMessage

_tracer = trace.get_tracer("passwatch.victoria-consumer")


class Publisher:
    """Sends progress, dead letters and heartbeats. Safe to use from several threads."""

    def __init__(self, producer: Producer, topic_prefix: str) -> None:
        self._producer = producer
        self._progress_topic = topic_name(topic_prefix, PROGRESS)
        self._topic_prefix = topic_prefix
        self._sender = Sender(producer)

    def publish(
        self, dead_letters: Iterable[DeadLetter], progress: Iterable[ProgressMessage], stop: Callable[[], bool]
    ) -> bool:
        """Send dead letters, then progress, and wait until all are acknowledged; what fails is sent again.

        Blocks as long as Kafka is away; false if ``stop`` said so before it was done.
        """
        waiting = [outgoing(letter, self._topic_prefix) for letter in dead_letters]
        waiting += [self._progress(message) for message in progress]
        return self._sender.send(waiting, stop)

    def heartbeat(self, partition: int, broker_time: int, on_dated: Callable[[int], None]) -> None:
        """Send a heartbeat to this partition of the progress topic; ``on_dated`` gets the broker's date of it."""

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is None:
                on_dated(message.timestamp()[1])

        value = msgspec.json.encode(PartitionHeartbeat(partition=partition, broker_time=broker_time))
        headers: Headers = [*kafka_headers.make(PartitionHeartbeat, trace=False)]
        self._producer.produce(
            self._progress_topic, value=value, partition=partition, headers=[*headers], on_delivery=delivered
        )

    def poll(self) -> None:
        """Serve delivery reports."""
        self._producer.poll(0)

    def close(self, timeout_s: float) -> None:
        """Wait up to ``timeout_s`` seconds for what is under way."""
        self._producer.flush(timeout_s)

    def _progress(self, message: ProgressMessage) -> Outgoing:
        progress = message.progress
        about = {"passwatch.satellite_id": progress.satellite_id, "passwatch.batch_id": progress.batch_id}
        sender = kafka_headers.trace_context(message.trace)
        with _tracer.start_as_current_span("publish progress", context=sender, attributes=about):
            headers: Headers = [*kafka_headers.make(BatchProgress)]
        return Outgoing(
            self._progress_topic,
            message.partition,
            progress.satellite_id.encode(),
            msgspec.json.encode(progress),
            headers,
        )
