"""Publishes results: returns when Kafka has them, so that a task is acknowledged only after that."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from passwatch import headers
from passwatch.contracts import CalibrationFit, SubsystemResult

DELIVERY_TIMEOUT_MS = 10_000
FLUSH_S = 12.0
Result = SubsystemResult | CalibrationFit
PERMANENT = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG)


class NotPublished(Exception):
    """Kafka did not take a result; trying again later may help."""


class ResultTooLarge(Exception):
    """Kafka will never take this result."""


class ResultPublisher:
    """Publishes each kind of result to its topic, with a producer of its own that is made anew after a failure: some
    of them are final.

    Not to be shared between processes.
    """

    def __init__(self, make: Callable[[], Producer], topics: Mapping[type[Result], str]) -> None:
        self._make = make
        self._topics = topics
        self._producer: Producer | None = None

    def publish(self, result: Result) -> int:
        """Publish and wait until all replicas have it; returns its size in bytes.

        Raises:
            NotPublished: it was not confirmed; it may have arrived all the same.
            ResultTooLarge: it is larger than the topic allows.
        """
        if self._producer is None:
            self._producer = self._make()
        try:
            return self._publish(self._producer, result)
        except NotPublished:
            self._producer.purge()
            self._producer = None
            raise

    def _publish(self, producer: Producer, result: Result) -> int:
        body = msgspec.json.encode(result)
        outcome: list[KafkaError | None] = []

        def on_delivery(error: KafkaError | None, _message: Message) -> None:
            outcome.append(error)

        try:
            producer.produce(
                self._topics[type(result)],
                body,
                key=result.satellite_id or result.mission,
                headers=list(headers.make(type(result))),
                on_delivery=on_delivery,
            )
        except (KafkaException, BufferError) as error:
            failure = error.args[0] if isinstance(error, KafkaException) else None
            _raise(failure, str(error))
        producer.flush(FLUSH_S)
        if not outcome:
            raise NotPublished("no confirmation from Kafka")
        if outcome[0] is not None:
            _raise(outcome[0], outcome[0].str())
        return len(body)


def _raise(error: KafkaError | None, text: str) -> None:
    if error is not None and error.code() in PERMANENT:
        raise ResultTooLarge(text)
    raise NotPublished(text)
