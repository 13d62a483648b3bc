"""Chunks of one satellite with the same channels, gathered over a poll so that they are written and hashed together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from struct import error as PackError  # noqa: N812 - an exception's name
from struct import pack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from victoria_consumer.chunk import ColumnChunk, RecordChunk
from victoria_consumer.import_lines import MAX_SAMPLES, line, lines_of_values, number_text
from victoria_consumer.record_hash import record_hashes
from victoria_consumer.source import Layout


class BeyondScale(ValueError):
    """Some sample must not be stored; which one is for :func:`victoria_consumer.scale.without_absurd` to find."""


@dataclass(slots=True)
class Run:
    """Consecutive records of a batch within a slab; ``position`` is where they begin among the slab's records."""

    batch_id: str
    first: int
    count: int
    first_time: int
    last_time: int
    position: int
    broker_time: int


class Runs:
    """The records of a slab, in order of arrival, as few runs as they make."""

    __slots__ = ("_last", "records", "runs")

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.records = 0
        self._last: Run | None = None

    def add(self, batch_id: str, first: int, count: int, first_time: int, last_time: int, broker_time: int) -> None:
        """Note records that arrived; they join the last run if they continue it."""
        last = self._last
        if (
            last is not None
            and first == last.first + last.count
            and first_time > last.last_time
            and batch_id == last.batch_id
        ):
            last.count += count
            last.last_time = last_time
            last.broker_time = max(last.broker_time, broker_time)
        else:
            self._last = Run(batch_id, first, count, first_time, last_time, self.records, broker_time)
            self.runs.append(self._last)
        self.records += count


class Rendered(NamedTuple):
    """What is made of a slab's records: import lines, event times and a hash per record, the number of samples."""

    lines: list[bytes]
    times: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    samples: int


def join(parts: list[Rendered]) -> Rendered:
    """Parts of a slab, put together in order."""
    if len(parts) == 1:
        return parts[0]
    return Rendered(
        [line for part in parts for line in part.lines],
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.hashes for part in parts]),
        sum(part.samples for part in parts),
    )


class RecordSlab:
    """Single records, transposed when they are complete."""

    __slots__ = ("_layout", "_times", "_values", "runs")

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._times: list[int] = []
        self._values: list[float | None] = []
        self.runs = Runs()

    def add(self, chunk: RecordChunk, broker_time: int) -> None:
        """Take a record in."""
        time = chunk.time
        self._times.append(time)
        self._values += chunk.values
        self.runs.add(chunk.batch_id, chunk.index, 1, time, time, broker_time)

    def render(self) -> Rendered:
        """Everything that is made of the records."""
        times = np.array(self._times, dtype=np.int64)
        rows = _doubles(self._values).reshape(len(times), len(self._layout.names))
        values = np.ascontiguousarray(rows.T)
        _check_scale(self._layout, values)
        lines = list(lines_of_values(self._layout.prefixes, times, values))
        return Rendered(
            lines, times, record_hashes(times, values, self._layout.keys), int(np.count_nonzero(~np.isnan(values)))
        )


class ColumnSlab:
    """Chunks of several records."""

    __slots__ = ("_chunks", "_layout", "runs")

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._chunks: list[ColumnChunk] = []
        self.runs = Runs()

    def add(self, chunk: ColumnChunk, broker_time: int) -> None:
        """Take a chunk in."""
        times = chunk.timestamps
        self._chunks.append(chunk)
        self.runs.add(chunk.batch_id, chunk.first_index, len(times), times[0], times[-1], broker_time)

    def render(self) -> Rendered:
        """Everything that is made of the chunks."""
        return join([self._render(block) for block in self._blocks()])

    def _blocks(self) -> Iterator[list[ColumnChunk]]:
        """The chunks in order: as many together as make one line a channel, with or without texts alike."""
        starts = [0]
        samples = 0
        for position, chunk in enumerate(self._chunks):
            records = len(chunk.timestamps)
            changes = position > 0 and (chunk.texts is None) != (self._chunks[position - 1].texts is None)
            if position > 0 and (changes or samples + records > MAX_SAMPLES):
                starts.append(position)
                samples = 0
            samples += records
        for start, end in pairwise([*starts, len(self._chunks)]):
            yield self._chunks[start:end]

    def _render(self, block: list[ColumnChunk]) -> Rendered:
        channels = len(self._layout.names)
        times = np.fromiter(chain.from_iterable(chunk.timestamps for chunk in block), dtype=np.int64)
        parts = [np.frombuffer(chunk.packed).reshape(channels, len(chunk.timestamps)) for chunk in block]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        _check_scale(self._layout, values)
        texts = [chunk.texts for chunk in block if chunk.texts is not None]
        lines = self._lines_of_texts(block, texts) if texts else lines_of_values(self._layout.prefixes, times, values)
        samples = values.size if texts else int(np.count_nonzero(~np.isnan(values)))
        return Rendered(list(lines), times, record_hashes(times, values, self._layout.keys), samples)

    def _lines_of_texts(self, block: list[ColumnChunk], texts: list[list[memoryview]]) -> Iterator[bytes]:
        times = b",".join([number_text(chunk.timestamps) for chunk in block])
        columns = zip(*texts, strict=True)
        return (line(p, b",".join(c), times) for p, c in zip(self._layout.prefixes, columns, strict=True))


def _check_scale(layout: Layout, values: NDArray[np.float64]) -> None:
    if layout.beyond_scale(values).any():
        raise BeyondScale


def _doubles(values: list[float | None]) -> NDArray[np.float64]:
    """Values as doubles, nan where missing; packing is the faster way when none is."""
    try:
        return np.frombuffer(pack(f"{len(values)}d", *values))
    except PackError:
        return np.array(values, dtype=np.float64)
