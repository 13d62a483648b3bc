"""Messages as they came from Kafka, and what is read of them before their content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar, cast

import msgspec
from confluent_kafka import TopicPartition

from passwatch import headers as kafka_headers
from passwatch.contracts import SCHEMA_VERSION, Message
from passwatch.streaming.faults import Reject

UNREADABLE_HEADERS = "unreadable-headers"
MISSING_TYPE = "missing-type"
UNKNOWN_TYPE = "unknown-type"
WRONG_SCHEMA = "wrong-schema"
EMPTY = "empty"
MALFORMED_JSON = "malformed-json"
INVALID_FIELD = "invalid-field"

Headers = list[tuple[str, bytes | None]]
M = TypeVar("M", bound=Message)


class RawMessage(Protocol):
    """The read methods of ``confluent_kafka.Message``, so that what reads messages needs no Kafka in its tests."""

    def topic(self) -> str:
        """The topic it was read from."""

    def partition(self) -> int:
        """Its partition."""

    def offset(self) -> int:
        """Its offset."""

    def key(self) -> bytes | None:
        """Its key, unparsed."""

    def value(self) -> bytes | None:
        """Its payload, unparsed."""

    def headers(self) -> Headers | None:
        """Its headers in order; None if there are none."""

    def timestamp(self) -> tuple[int, int]:
        """The kind of its timestamp, and the timestamp in milliseconds: the broker time, as the topic is configured."""


class Received:
    """A message that came from Kafka; its headers are asked for once.

    confluent-kafka raises SystemError where a header's name is no UTF-8, and asked again for the same headers it
    hands out a list that is not whole, which ends the process with a segmentation fault (seen with 2.16).
    """

    __slots__ = ("_headers", "_message")

    def __init__(self, message: RawMessage) -> None:
        self._message = message
        self._headers: Headers | Reject | None = None

    def topic(self) -> str:
        """The topic it was read from."""
        return self._message.topic()

    def partition(self) -> int:
        """Its partition."""
        return self._message.partition()

    def offset(self) -> int:
        """Its offset."""
        return self._message.offset()

    def key(self) -> bytes | None:
        """Its key, unparsed."""
        return self._message.key()

    def value(self) -> bytes | None:
        """Its payload, unparsed."""
        return self._message.value()

    def timestamp(self) -> tuple[int, int]:
        """The kind of its timestamp, and the timestamp in milliseconds."""
        return self._message.timestamp()

    def headers(self) -> Headers:
        """Its headers in order.

        Raises:
            Reject: they cannot be read.
        """
        if self._headers is None:
            try:
                self._headers = raw_headers(self._message)
            except Reject as error:
                self._headers = error
        if isinstance(self._headers, Reject):
            raise self._headers
        return self._headers


def raw_headers(message: RawMessage) -> Headers:
    """The headers of a message; not to be asked for again where they could not be read, see :class:`Received`.

    Raises:
        Reject: they cannot be read.
    """
    try:
        return message.headers() or []
    except Reject:
        raise
    except Exception as error:
        raise Reject(UNREADABLE_HEADERS, f"its headers cannot be read: {type(error).__name__}") from error


def read_headers(message: RawMessage) -> dict[str, str]:
    """The headers of a message as text, by name.

    Raises:
        Reject: they cannot be read.
    """
    return kafka_headers.read(raw_headers(message))


def kind_of(given: dict[str, str], *known: type[Message]) -> type[Message]:
    """Which of the ``known`` contracts a message with these headers follows.

    Raises:
        Reject: its type is missing or none of them, or its schema version is not ours.
    """
    kind = given.get(kafka_headers.TYPE)
    if not kind:
        raise Reject(MISSING_TYPE, f"no header {kafka_headers.TYPE}")
    found = next((contract for contract in known if contract.__name__ == kind), None)
    if found is None:
        names = ", ".join(contract.__name__ for contract in known)
        raise Reject(UNKNOWN_TYPE, f"header {kafka_headers.TYPE} is {kind[:64]!r}; this topic has {names}")
    schema = given.get(kafka_headers.SCHEMA)
    if schema != str(SCHEMA_VERSION):
        detail = "is missing" if schema is None else f"is {schema[:64]!r}"
        raise Reject(WRONG_SCHEMA, f"header {kafka_headers.SCHEMA} {detail}; here it is {SCHEMA_VERSION}")
    return found


def decode(message: RawMessage, contract: type[M]) -> M:
    """The content of a message that follows this contract.

    Raises:
        Reject: it has no payload, or one that breaks the contract.
    """
    payload = message.value()
    if payload is None or not payload.strip():
        raise Reject(EMPTY, "no payload")
    try:
        return msgspec.json.decode(payload, type=contract)
    except msgspec.ValidationError as error:
        raise Reject(INVALID_FIELD, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise Reject(MALFORMED_JSON, str(error)) from error


def following(messages: Iterable[RawMessage]) -> list[TopicPartition]:
    """The offsets to commit when all these messages, and all before them, are done."""
    latest: dict[tuple[str, int], int] = {}
    for message in messages:
        key = message.topic(), message.partition()
        latest[key] = max(latest.get(key, 0), message.offset() + 1)
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in latest.items()]


def received(messages: Iterable[object]) -> list[RawMessage]:
    """Messages of confluent-kafka that are no errors, so that what it types as optional is there."""
    return [Received(cast("RawMessage", message)) for message in messages]
