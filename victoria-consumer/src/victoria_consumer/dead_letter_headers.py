"""The headers of a dead letter: why, and where from; the original's headers stay beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from passwatch.headers import RawHeaders, read
from victoria_consumer.portion import DeadLetter

REASON = "passwatch-dead-reason"
DETAIL = "passwatch-dead-detail"
CHANNELS = "passwatch-dead-channels"
TOPIC = "passwatch-dead-topic"
PARTITION = "passwatch-dead-partition"
OFFSET = "passwatch-dead-offset"
REPLAYED = "passwatch-replayed-from"
"""Marks a message that was replayed, with the place of its dead letter: ``topic/partition/offset``."""

OWN = frozenset({REASON, DETAIL, CHANNELS, TOPIC, PARTITION, OFFSET})
_LONGEST = 2_000


def make(letter: DeadLetter) -> list[tuple[str, bytes | None]]:
    """The headers of a dead letter."""
    message, rejection = letter.message, letter.rejection
    own = {
        REASON: rejection.reason.value,
        DETAIL: rejection.detail[:_LONGEST],
        TOPIC: message.topic(),
        PARTITION: str(message.partition()),
        OFFSET: str(message.offset()),
    }
    if rejection.channels:
        own[CHANNELS] = ",".join(rejection.channels)[:_LONGEST]
    kept = [(name, value) for name, value in message.headers() or [] if name not in OWN]
    return kept + [(name, value.encode(errors="replace")) for name, value in own.items()]


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
