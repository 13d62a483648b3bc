"""The Kafka topics: names, partitions, retention and size limits, in one place.

The dead-letter topic takes the largest messages: whatever another topic took must fit there, with its reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
DAY_MS = 24 * 3600 * 1000

MAX_CHUNK_BYTES = 1 * MIB
"""The largest telemetry payload that is accepted; larger ones go to the dead-letter topic."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is created: its base name, and what the broker must keep."""

    name: str
    partitions: int
    retention_ms: int
    max_message_bytes: int
    purpose: str
    compacted: bool = False
    """Whether the newest message of each key is kept for ever, and the others are not."""

    def config(self) -> dict[str, str]:
        """The topic's settings, as Kafka spells them."""
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime",
        }


TELEMETRY = Topic("satellite-telemetry", 6, 7 * DAY_MS, 2 * MIB, "telemetry chunks and batch-complete markers")
PROGRESS = Topic("batch-progress", 6, 7 * DAY_MS, 2 * MIB, "what is stored and queryable, and heartbeats")
RESULTS = Topic(
    "inference.results", 6, 7 * DAY_MS, 16 * MIB, "forecasts and scores in pieces, then the verdict that they belong to"
)
DEAD_LETTERS = Topic(
    "dead-letters",
    6,
    30 * DAY_MS,
    20 * MIB,
    "messages of any topic that cannot be used, with the reason and their origin",
)
FITS = Topic("calibration.fits", 1, 7 * DAY_MS, 16 * MIB, "calibrations that were asked for, fitted")
CALIBRATIONS = Topic(
    "calibrations", 1, -1, 16 * MIB, "the calibrations to judge by: the newest of each mission or satellite", True
)

LIMIT_FINDINGS = Topic("limit.findings", 6, 7 * DAY_MS, 2 * MIB, "violations of limits, as telemetry arrives")

ALL: tuple[Topic, ...] = (TELEMETRY, PROGRESS, RESULTS, DEAD_LETTERS, FITS, CALIBRATIONS, LIMIT_FINDINGS)
