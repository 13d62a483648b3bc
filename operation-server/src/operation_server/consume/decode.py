"""Kafka messages as contracts; what cannot be one is told apart by its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from confluent_kafka import Message as KafkaMessage

from passwatch import headers
from passwatch.contracts import SCHEMA_VERSION, Message

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message came from."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Decoded(Generic[M]):
    """A message that is what it says, and its source."""

    value: M
    source: Source


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that cannot be used, why, and where it was."""

    source: Source
    reason: str
    payload: bytes | None


class NotThisType(Exception):
    """A message of a known type that this consumer has no use for."""


def source_of(message: KafkaMessage) -> Source:
    """Topic, partition and offset of a message."""
    return Source(message.topic() or "", message.partition() or 0, message.offset() or 0)


def decode(message: KafkaMessage, wanted: type[M], others: tuple[type[Message], ...] = ()) -> Decoded[M] | Rejected:
    """The contract that the message holds, or why it does not.

    Raises:
        NotThisType: it is one of ``others``.
    """
    source, payload = source_of(message), message.value()
    raw = message.headers()
    given = headers.read(raw if isinstance(raw, list) else None)
    kind, version = given.get(headers.TYPE), given.get(headers.SCHEMA)
    if kind in {other.__name__ for other in others}:
        raise NotThisType(kind)
    if kind != wanted.__name__:
        return Rejected(source, f"header {headers.TYPE} is {kind!r}, not {wanted.__name__!r}", payload)
    if version != str(SCHEMA_VERSION):
        return Rejected(source, f"header {headers.SCHEMA} is {version!r}, not {str(SCHEMA_VERSION)!r}", payload)
    if payload is None:
        return Rejected(source, "no payload", None)
    try:
        return Decoded(msgspec.json.decode(payload, type=wanted), source)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Rejected(source, str(error), payload)
