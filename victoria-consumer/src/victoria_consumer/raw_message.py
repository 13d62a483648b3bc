"""What the pure core needs of a Kafka message: the read methods of ``confluent_kafka.Message``."""

from __future__ import annotations

from typing import Protocol


class RawMessage(Protocol):
    """A message as it came from Kafka."""

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

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        """Its headers in order; None if there are none."""

    def timestamp(self) -> tuple[int, int]:
        """The kind of its timestamp, and the timestamp in milliseconds: the broker time, as the topic is configured."""
