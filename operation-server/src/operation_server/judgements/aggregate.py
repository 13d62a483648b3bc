"""A batch's verdict from its subsystems', and how complete it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

SEVEREST_FIRST = ("ANOMALY", "ERROR", "INSUFFICIENT_DATA", "NOMINAL")
PENDING = "PENDING"


def worst(verdicts: Iterable[str]) -> str:
    """The verdict that stands for all of them; PENDING if there is none.

    >>> worst(["NOMINAL", "ERROR", "ANOMALY"])
    'ANOMALY'
    """
    return min(verdicts, key=SEVEREST_FIRST.index, default=PENDING)


def completeness(records: int, expected: int | None, unexpected: int = 0) -> float | None:
    """The share of the expected records that are there, 0..1; None if nobody said how many to expect."""
    if not expected:
        return None
    return max(0.0, min(1.0, (records - unexpected) / expected))


def seconds_between(marker: datetime | None, verdict: datetime | None) -> float | None:
    """Seconds from the marker to the verdict; None if one of them is missing."""
    return None if marker is None or verdict is None else (verdict - marker).total_seconds()
