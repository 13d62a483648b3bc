"""Why a telemetry message, or a channel of it, is rejected."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reasons of dead letters; those that hold for every topic are :mod:`passwatch.streaming`'s."""

    OVERSIZED = "oversized"
    UNKNOWN_MISSION = "unknown-mission"
    UNKNOWN_SATELLITE = "unknown-satellite"
    MISSING_KEY = "missing-key"
    WRONG_KEY = "wrong-key"
    UNORDERED_TIMESTAMPS = "unordered-timestamps"
    TIME_OUT_OF_RANGE = "time-out-of-range"
    UNKNOWN_CHANNEL = "unknown-channel"
    COLUMN_LENGTH = "column-length"
    NOT_A_NUMBER = "not-a-number"
    BEYOND_SCALE = "beyond-scale"
    INDEX_REUSED = "index-reused"
    TOO_MANY_TAKES = "too-many-takes"
    BATCH_TOO_LARGE = "batch-too-large"
