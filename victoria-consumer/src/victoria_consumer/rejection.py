"""Why the door rejects a message, or a channel of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What is wrong; the value travels in the dead letter's ``reason`` header and labels a metric."""

    EMPTY = "empty"
    OVERSIZED = "oversized"
    MISSING_TYPE = "missing-type"
    UNKNOWN_TYPE = "unknown-type"
    WRONG_SCHEMA = "wrong-schema"
    MALFORMED_JSON = "malformed-json"
    INVALID_FIELD = "invalid-field"
    UNKNOWN_MISSION = "unknown-mission"
    UNKNOWN_SATELLITE = "unknown-satellite"
    MISSING_KEY = "missing-key"
    WRONG_KEY = "wrong-key"
    UNORDERED_TIMESTAMPS = "unordered-timestamps"
    TIME_OUT_OF_RANGE = "time-out-of-range"
    UNKNOWN_CHANNEL = "unknown-channel"
    COLUMN_LENGTH = "column-length"
    NOT_A_NUMBER = "not-a-number"


@dataclass(frozen=True, slots=True)
class Rejection:
    """The door's answer to a message: the reason, and in ``detail`` exactly what is wrong and where.

    ``channels`` names the channels that were left out when the rest of the chunk was stored; it is empty when the
    message was rejected whole.
    """

    reason: Reason
    detail: str
    channels: tuple[str, ...] = ()


class Rejected(Exception):
    """Raised inside the door for a message that is rejected whole."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.rejection = Rejection(reason, detail)
