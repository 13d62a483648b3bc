"""A message as confluent-kafka hands it over, for tests of what reads messages."""

from __future__ import annotations

from dataclasses import dataclass

RawHeaders = list[tuple[str, bytes | None]]


@dataclass
class KafkaMessage:
    """A message of a topic."""

    payload: bytes | None
    raw_headers: RawHeaders | None = None
    raw_key: bytes | None = None
    at_partition: int = 0
    at_offset: int = 0
    broker_time: int = 0
    in_topic: str = "satellite-telemetry"
    unreadable_headers: bool = False
    """Whether a header's name is no UTF-8, which confluent-kafka calls a SystemError."""
    asked: bool = False

    def topic(self) -> str:
        return self.in_topic

    def partition(self) -> int:
        return self.at_partition

    def offset(self) -> int:
        return self.at_offset

    def key(self) -> bytes | None:
        return self.raw_key

    def value(self) -> bytes | None:
        return self.payload

    def headers(self) -> RawHeaders | None:
        if self.unreadable_headers:
            assert not self.asked, "asked again, confluent-kafka ends the process with a segmentation fault"
            self.asked = True
            raise SystemError("returned a result with an exception set")
        return self.raw_headers

    def timestamp(self) -> tuple[int, int]:
        return 2, self.broker_time
