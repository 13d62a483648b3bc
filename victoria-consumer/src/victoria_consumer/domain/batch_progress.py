"""What a write batch made of each batch queryable, as progress messages that each stand alone and fit their topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from passwatch.contracts import BatchProgress, Marker, RejectedSamples, StoredRange, Stream
from victoria_consumer.domain.record_batch import Run
from victoria_consumer.domain.record_hash import encode_hashes
from victoria_consumer.domain.takes import Piece

RANGE_RECORDS = 20_000
"""The most records of one range."""

MESSAGE_WEIGHT = 800_000
"""The most bytes, roughly, that the ranges of one message take; the topic takes 2 MiB."""

MAX_REJECTED = 5_000
"""Spans of rejected samples in one message."""
MAX_REJECTED_CHANNELS = 1_000

_RANGE_BYTES = 150
_HASH_BYTES = 11


@dataclass(frozen=True, slots=True)
class ProgressMessage:
    """Progress of a batch, the partition to send it to (its telemetry's own), and headers with its trace context."""

    partition: int
    progress: BatchProgress
    trace: dict[str, str]


@dataclass(slots=True)
class BatchParts:
    """What is known of one batch so far in a write batch."""

    mission: str
    satellite_id: str
    batch_id: str
    partition: int
    stream: Stream = "realtime"
    ranges: list[StoredRange] = field(default_factory=list)
    markers: dict[int, Marker] = field(default_factory=dict)
    trace: dict[str, str] = field(default_factory=dict)
    broker_time: int = 0
    rejected: dict[tuple[str, str], list[RejectedSamples]] = field(default_factory=dict)

    def add_run(self, run: Run, pieces: Iterable[Piece], times: NDArray[np.int64], hashes: NDArray[np.uint64]) -> None:
        """Note stored records and their takes; ``times`` and ``hashes`` are those of the run's record_batch."""
        self.broker_time = max(self.broker_time, run.broker_time)
        for piece in pieces:
            for done in range(piece.start, piece.stop, RANGE_RECORDS):
                count = min(RANGE_RECORDS, piece.stop - done)
                start = run.position + done
                self.ranges.append(
                    StoredRange(
                        first=run.first + done,
                        count=count,
                        first_time=int(times[start]),
                        last_time=int(times[start + count - 1]),
                        hashes=encode_hashes(hashes[start : start + count]),
                        take=piece.take,
                    )
                )

    def add_marker(self, marker: Marker, trace: dict[str, str]) -> None:
        """Note a batch-complete marker; those that contradict each other are all reported."""
        self.markers.setdefault(marker.records, marker)
        self.trace = trace
        self.broker_time = max(self.broker_time, marker.broker_time)

    def add_rejected(self, samples: Iterable[RejectedSamples]) -> None:
        """Note samples that were left out; of very many channels the rest is in the dead letters alone."""
        for one in samples:
            spans = self.rejected.get((one.channel, one.reason))
            if spans is None:
                if len(self.rejected) >= MAX_REJECTED_CHANNELS:
                    continue
                spans = self.rejected[one.channel, one.reason] = []
            if spans and spans[-1].first + spans[-1].count == one.first:
                spans[-1] = replace(spans[-1], count=spans[-1].count + one.count)
            else:
                spans.append(one)

    def messages(self) -> Iterator[ProgressMessage]:
        """The messages that report it; the marker comes with the last of them, behind those that announce fewer."""
        part: list[StoredRange] = []
        weight = 0
        for stored in self.ranges:
            size = _RANGE_BYTES + _HASH_BYTES * stored.count
            if part and weight + size > MESSAGE_WEIGHT:
                yield self._message(part, None)
                part, weight = [], 0
            part.append(stored)
            weight += size
        rejected = [one for spans in self.rejected.values() for one in spans]
        for start in range(0, len(rejected) - MAX_REJECTED, MAX_REJECTED):
            yield self._message(part, None, rejected[start : start + MAX_REJECTED])
            part = []
        last = (len(rejected) - 1) // MAX_REJECTED * MAX_REJECTED if rejected else 0
        markers = [self.markers[records] for records in sorted(self.markers)]
        for other in markers[:-1]:
            yield self._message([], other)
        yield self._message(part, markers[-1] if markers else None, rejected[last:])

    def _message(
        self, ranges: list[StoredRange], marker: Marker | None, rejected: list[RejectedSamples] | None = None
    ) -> ProgressMessage:
        progress = BatchProgress(
            mission=self.mission,
            satellite_id=self.satellite_id,
            batch_id=self.batch_id,
            ranges=ranges,
            marker=marker,
            broker_time=self.broker_time,
            rejected=rejected or [],
            stream=self.stream,
        )
        return ProgressMessage(self.partition, progress, self.trace)
