"""Messages into Kafka, each acknowledged."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message

from batch_simulator.batch import Batch
from batch_simulator.encode import chunks, marker
from batch_simulator.errors import KafkaUnreachableError, UsageError
from passwatch import headers
from passwatch.contracts import BatchEnd, TelemetryChunk
from passwatch.kafka import make_producer, topic_name
from passwatch.topics import MAX_CHUNK_BYTES, TELEMETRY

CONNECT_TIMEOUT_S = 5.0
DELIVERY_TIMEOUT_S = 60.0


SILENT: Any = logging.getLogger("batch_simulator.librdkafka")
"""Takes librdkafka's own chatter: what matters of it comes back as an error, once."""
SILENT.setLevel(logging.CRITICAL)


class Publisher:
    """Sends telemetry; the messages of one satellite keep their order."""

    def __init__(self, bootstrap: str, topic_prefix: str) -> None:
        """Connect.

        Raises:
            KafkaUnreachableError: no broker answers, or the topic does not exist there.
        """
        self._topic = topic_name(topic_prefix, TELEMETRY)
        self._bootstrap = bootstrap
        self._failure: KafkaError | None = None
        self._producer = make_producer(bootstrap, delivery_timeout_ms=int(DELIVERY_TIMEOUT_S * 1000), logger=SILENT)
        try:
            known = self._producer.list_topics(self._topic, timeout=CONNECT_TIMEOUT_S).topics[self._topic]
        except KafkaException as error:
            raise KafkaUnreachableError(
                f"no Kafka answers at {bootstrap} (PASSWATCH_KAFKA_BOOTSTRAP): {error.args[0].str()}"
            ) from error
        if known.error is not None:
            raise KafkaUnreachableError(f"Kafka at {bootstrap} has no topic {self._topic}: {known.error.str()}")

    def send(self, message: TelemetryChunk | BatchEnd) -> None:
        """Hand over one message; it may leave later, at the latest with :meth:`flush`."""
        self._check()
        payload, key = msgspec.json.encode(message), message.satellite_id.encode()
        if len(payload) > MAX_CHUNK_BYTES:
            raise UsageError(
                f"a message of {message.satellite_id} has {len(payload)} bytes, more than the {MAX_CHUNK_BYTES} that "
                "are accepted; use a smaller --chunk-records"
            )
        while True:
            try:
                self._producer.produce(
                    self._topic, payload, key, headers=dict(headers.make(type(message))), on_delivery=self._delivered
                )
            except BufferError:
                self._producer.poll(0.2)
                self._check()
            else:
                self._producer.poll(0)
                return

    def send_batch(self, batch: Batch, chunk_records: int) -> None:
        """A whole batch, its marker last."""
        for part in chunks(batch, chunk_records):
            self.send(part)
        self.send(marker(batch))

    def flush(self) -> None:
        """Return when Kafka has everything.

        Raises:
            KafkaUnreachableError: it does not have everything.
        """
        left = self._producer.flush(DELIVERY_TIMEOUT_S + 5.0)
        self._check()
        if left:
            raise KafkaUnreachableError(f"Kafka at {self._bootstrap} did not take {left} messages in time")

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failure = error

    def _check(self) -> None:
        if self._failure is not None:
            raise KafkaUnreachableError(f"Kafka at {self._bootstrap} did not take a message: {self._failure.str()}")
