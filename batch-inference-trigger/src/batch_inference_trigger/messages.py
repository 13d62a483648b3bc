"""What confluent-kafka's messages hold, as this service needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from confluent_kafka import Message, TopicPartition

from passwatch.headers import RawHeaders


def headers_of(message: Message) -> RawHeaders | None:
    """The headers of a message that was consumed: a list of pairs, or None."""
    return cast("RawHeaders | None", message.headers())


def next_offsets(messages: Iterable[Message]) -> list[TopicPartition]:
    """The offsets to commit when all these messages, and all before them, are done."""
    latest: dict[tuple[str, int], int] = {}
    for message in messages:
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        if topic is not None and partition is not None and offset is not None:
            latest[topic, partition] = max(latest.get((topic, partition), 0), offset + 1)
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in latest.items()]
