"""Kafka messages as contracts; what cannot be one is told apart by its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from confluent_kafka import Message as KafkaMessage

from passwatch import headers
from passwatch.contracts import SCHEMA_VERSION, Message

M = TypeVar("M", bound=Message)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message came from."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Decoded(Generic[T]):
    """What a message holds, where it was, and its text."""

    value: T
    source: Source
    payload: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that cannot be used, why, and where it was."""

    source: Source
    reason: str
    payload: bytes | None


def source_of(message: KafkaMessage) -> Source:
    """Topic, partition and offset of a message."""
    return Source(message.topic() or "", message.partition() or 0, message.offset() or 0)


def decode(
    message: KafkaMessage, wanted: type[M], passed_over: tuple[type[Message], ...] = ()
) -> Decoded[M] | Rejected | None:
    """The contract that the message holds, or why it does not; None if it is one of those to be passed over."""
    source, payload = source_of(message), message.value()
    raw = message.headers()
    given = headers.read(raw if isinstance(raw, list) else None)
    kind, version = given.get(headers.TYPE), given.get(headers.SCHEMA)
    if kind in {other.__name__ for other in passed_over}:
        return None
    if kind != wanted.__name__:
        return Rejected(source, f"header {headers.TYPE} is {kind!r}, not {wanted.__name__!r}", payload)
    if version != str(SCHEMA_VERSION):
        return Rejected(source, f"header {headers.SCHEMA} is {version!r}, not {str(SCHEMA_VERSION)!r}", payload)
    if payload is None:
        return Rejected(source, "no payload", None)
    try:
        return Decoded(msgspec.json.decode(payload, type=wanted), source, payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Rejected(source, str(error), payload)
