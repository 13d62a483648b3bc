"""What a portion made of each batch queryable, told in messages that stand for themselves and fit their topic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from passwatch.contracts import BatchProgress, Marker, StoredRange
from victoria_consumer.record_hash import encode_hashes
from victoria_consumer.slab import Run

RANGE_RECORDS = 20_000
"""The most records of one range."""

MESSAGE_WEIGHT = 800_000
"""The most bytes, roughly, that the ranges of one message take; the topic takes 2 MiB."""

_RANGE_BYTES = 150
_HASH_BYTES = 11


@dataclass(frozen=True, slots=True)
class ProgressMessage:
    """Progress of a batch, the partition to tell it in (its telemetry's own), and headers with its trace context."""

    partition: int
    progress: BatchProgress
    trace: dict[str, str]


@dataclass(slots=True)
class BatchParts:
    """What is known of one batch so far in a portion."""

    mission: str
    satellite_id: str
    batch_id: str
    partition: int
    ranges: list[StoredRange] = field(default_factory=list)
    marker: Marker | None = None
    trace: dict[str, str] = field(default_factory=dict)
    broker_time: int = 0

    def add_run(self, run: Run, times: NDArray[np.int64], hashes: NDArray[np.uint64]) -> None:
        """Note stored records; ``times`` and ``hashes`` are those of the run's slab."""
        self.broker_time = max(self.broker_time, run.broker_time)
        for done in range(0, run.count, RANGE_RECORDS):
            count = min(RANGE_RECORDS, run.count - done)
            start = run.position + done
            self.ranges.append(
                StoredRange(
                    first=run.first + done,
                    count=count,
                    first_time=int(times[start]),
                    last_time=int(times[start + count - 1]),
                    hashes=encode_hashes(hashes[start : start + count]),
                )
            )

    def add_marker(self, marker: Marker, trace: dict[str, str]) -> None:
        """Note the batch-complete marker; of several, the last one counts."""
        self.marker = marker
        self.trace = trace
        self.broker_time = max(self.broker_time, marker.broker_time)

    def messages(self) -> Iterator[ProgressMessage]:
        """The messages that tell it; the marker comes with the last of them."""
        part: list[StoredRange] = []
        weight = 0
        for stored in self.ranges:
            size = _RANGE_BYTES + _HASH_BYTES * stored.count
            if part and weight + size > MESSAGE_WEIGHT:
                yield self._message(part, None)
                part, weight = [], 0
            part.append(stored)
            weight += size
        yield self._message(part, self.marker)

    def _message(self, ranges: list[StoredRange], marker: Marker | None) -> ProgressMessage:
        progress = BatchProgress(
            mission=self.mission,
            satellite_id=self.satellite_id,
            batch_id=self.batch_id,
            ranges=ranges,
            marker=marker,
            broker_time=self.broker_time,
        )
        return ProgressMessage(self.partition, progress, self.trace)
