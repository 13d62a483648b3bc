"""Dead letters: messages that cannot be used, kept whole in a topic of their own with the reason and where from."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from passwatch.headers import RawHeaders, read
from passwatch.kafka import topic_name
from passwatch.streaming.faults import LONGEST_DETAIL, Reject
from passwatch.streaming.messages import UNREADABLE_HEADERS, Headers, RawMessage, raw_headers
from passwatch.streaming.outgoing import Outgoing
from passwatch.topics import DEAD_LETTERS

REASON = "passwatch-dead-reason"
DETAIL = "passwatch-dead-detail"
CHANNELS = "passwatch-dead-channels"
TOPIC = "passwatch-dead-topic"
PARTITION = "passwatch-dead-partition"
OFFSET = "passwatch-dead-offset"
REPLAYED = "passwatch-replayed-from"
"""Marks a message that was replayed, with the place of its dead letter: ``topic/partition/offset``."""

OWN = frozenset({REASON, DETAIL, CHANNELS, TOPIC, PARTITION, OFFSET})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message, and why it (or some channel of it) was rejected."""

    message: RawMessage
    rejection: Reject


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a dead letter came from."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Label:
    """What a dead letter's headers say. ``channels`` is empty if the message was rejected whole."""

    reason: str
    detail: str
    channels: tuple[str, ...]
    origin: Origin


def headers_of(letter: DeadLetter) -> Headers:
    """The headers of a dead letter; the original's stay beside them, if they can be read."""
    message, rejection = letter.message, letter.rejection
    own = {
        REASON: rejection.reason,
        DETAIL: rejection.detail[:LONGEST_DETAIL],
        TOPIC: message.topic(),
        PARTITION: str(message.partition()),
        OFFSET: str(message.offset()),
    }
    if rejection.channels:
        own[CHANNELS] = ",".join(rejection.channels)[:LONGEST_DETAIL]
    kept: Headers = []
    if rejection.reason != UNREADABLE_HEADERS:  # they must not be asked for again
        with suppress(Reject):
            kept = [(name, value) for name, value in raw_headers(message) if name not in OWN]
    return kept + [(name, value.encode(errors="replace")) for name, value in own.items()]


def outgoing(letter: DeadLetter, topic_prefix: str) -> Outgoing:
    """The dead letter as it is sent."""
    message = letter.message
    return Outgoing(topic_name(topic_prefix, DEAD_LETTERS), -1, message.key(), message.value(), headers_of(letter))


def parse(raw: RawHeaders | None) -> Label | None:
    """What the headers of a dead letter say; None if they are not those of one."""
    headers = read(raw)
    try:
        origin = Origin(headers[TOPIC], int(headers[PARTITION]), int(headers[OFFSET]))
        channels = tuple(filter(None, headers.get(CHANNELS, "").split(",")))
        return Label(headers[REASON], headers.get(DETAIL, ""), channels, origin)
    except (KeyError, ValueError):
        return None


def original(raw: RawHeaders | None) -> list[tuple[str, bytes | str | None]]:
    """The headers that the message had before it was rejected."""
    pairs = raw.items() if isinstance(raw, Mapping) else raw or ()
    return [(name, value) for name, value in pairs if name not in OWN]
