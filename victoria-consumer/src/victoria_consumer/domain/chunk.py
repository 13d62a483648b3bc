"""What the validator admits: chunks of telemetry in the form that the next steps use, and batch-complete markers."""

from __future__ import annotations

from dataclasses import dataclass

from passwatch.contracts import Marker
from victoria_consumer.domain.source import Layout, Source


@dataclass(slots=True)
class RecordChunk:
    """One record. ``values`` follows the layout's channels; None where the sample is missing."""

    source: Source
    layout: Layout
    batch_id: str
    index: int
    time: int
    values: tuple[float | None, ...]


@dataclass(slots=True)
class ColumnChunk:
    """Consecutive records, column by column.

    ``packed`` holds the values as native doubles, channel after channel, nan where missing. ``texts`` are the columns
    as they were written (comma-separated, without brackets), when these may be moved as they are; None otherwise.
    """

    source: Source
    layout: Layout
    batch_id: str
    first_index: int
    timestamps: list[int]
    packed: bytes
    texts: list[memoryview] | None


@dataclass(slots=True)
class BatchMarker:
    """A batch-complete marker."""

    source: Source
    batch_id: str
    marker: Marker


Admitted = RecordChunk | ColumnChunk | BatchMarker
