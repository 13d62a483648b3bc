"""Sending: a message counts as sent when Kafka has acknowledged it, and is sent again until then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from confluent_kafka import KafkaError, Message, Producer

_log = structlog.get_logger()
_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send; ``partition`` is -1 where Kafka's partitioner decides by the key."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class Sender:
    """Sends messages and waits for Kafka's delivery reports. Safe to use from several threads."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    def send(self, messages: Iterable[Outgoing], stop: Callable[[], bool]) -> bool:
        """Send messages in order and wait until all are acknowledged; what fails is sent again.

        Blocks as long as Kafka is away; false if ``stop`` said so before it was done.
        """
        waiting = list(messages)
        while waiting:
            waiting = self._attempt(waiting, stop)
            if waiting and stop():
                return False
        return True

    def _attempt(self, messages: list[Outgoing], stop: Callable[[], bool]) -> list[Outgoing]:
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
            self._produce(message, report(position), stop)
        while self._producer.flush(_WAIT_S) and not stop():
            pass
        return list(unacknowledged.values())

    def _produce(
        self, message: Outgoing, report: Callable[[KafkaError | None, Message], None], stop: Callable[[], bool]
    ) -> None:
        while not stop():
            try:
                self._producer.produce(
                    message.topic,
                    value=message.value,
                    key=message.key,
                    partition=message.partition,
                    headers=[*message.headers],
                    on_delivery=report,
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                return
