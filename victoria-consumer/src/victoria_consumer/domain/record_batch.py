"""Chunks of one satellite with the same channels, gathered over a poll so that they are written and hashed together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from struct import error as PackError  # noqa: N812 - an exception's name
from struct import pack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from victoria_consumer.domain.chunk import ColumnChunk, RecordChunk
from victoria_consumer.domain.import_lines import MAX_SAMPLES, line, lines_of_values, number_text
from victoria_consumer.domain.record_hash import record_hashes
from victoria_consumer.domain.source import Layout
from victoria_consumer.domain.takes import Piece


class BeyondScale(ValueError):
    """Some sample must not be stored; :func:`victoria_consumer.domain.scale.without_absurd` finds which."""


@dataclass(slots=True)
class Run:
    """Consecutive records of a batch within a record batch; ``position`` is where they begin among its records."""

    batch_id: str
    first: int
    count: int
    first_time: int
    last_time: int
    position: int
    broker_time: int


class Runs:
    """The records of a record batch, in order of arrival, as few runs as they make."""

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
    """What is made of the records of a record batch.

    Import lines, event times and a hash per record, the number of samples; and the takes of each run's records.
    """

    lines: list[bytes]
    times: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    samples: int
    takes: list[list[Piece]]


Assign = Callable[[str, int, NDArray[np.int64]], list[Piece]]
"""Gives takes to records: of this batch, from this index on, at these times."""


def assign_takes(runs: list[Run], times: NDArray[np.int64], assign: Assign) -> list[list[Piece]]:
    """The takes of each run's records; ``times`` are those of the record_batch."""
    return [assign(run.batch_id, run.first, times[run.position : run.position + run.count]) for run in runs]


def record_takes(runs: list[Run], pieces: list[list[Piece]], records: int) -> tuple[int, NDArray[np.int8] | None]:
    """The take of all records of a record batch, or if they differ, that of each."""
    found = {piece.take for of_run in pieces for piece in of_run}
    if len(found) <= 1:
        return next(iter(found), 0), None
    takes = np.zeros(records, dtype=np.int8)
    for run, of_run in zip(runs, pieces, strict=True):
        for piece in of_run:
            takes[run.position + piece.start : run.position + piece.stop] = piece.take
    return 0, takes


def lines_by_take(
    layout: Layout, times: NDArray[np.int64], values: NDArray[np.float64], take: int, takes: NDArray[np.int8] | None
) -> Iterator[bytes]:
    """The import lines of records, ``values`` [channels, records], that are all in one take or in the takes given."""
    if takes is None:
        yield from lines_of_values(layout.prefixes(take), times, values)
        return
    for one in np.unique(takes):
        of_take = takes == one
        yield from lines_of_values(layout.prefixes(int(one)), times[of_take], np.ascontiguousarray(values[:, of_take]))


class RowRecordBatch:
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

    def render(self, assign: Assign) -> Rendered:
        """Everything that is made of the records."""
        times = np.array(self._times, dtype=np.int64)
        rows = _doubles(self._values).reshape(len(times), len(self._layout.names))
        values = np.ascontiguousarray(rows.T)
        _check_scale(self._layout, values)
        pieces = assign_takes(self.runs.runs, times, assign)
        lines = list(lines_by_take(self._layout, times, values, *record_takes(self.runs.runs, pieces, len(times))))
        hashes = record_hashes(times, values, self._layout.keys)
        return Rendered(lines, times, hashes, int(np.count_nonzero(~np.isnan(values))), pieces)


class ColumnRecordBatch:
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

    def render(self, assign: Assign) -> Rendered:
        """Everything that is made of the chunks."""
        times = np.fromiter(chain.from_iterable(chunk.timestamps for chunk in self._chunks), dtype=np.int64)
        values = [self._values(block) for block in self._blocks()]
        pieces = assign_takes(self.runs.runs, times, assign)
        take, takes = record_takes(self.runs.runs, pieces, len(times))
        lines: list[bytes] = []
        hashes = []
        samples = at = 0
        for block, of_block in zip(self._blocks(), values, strict=True):
            part = slice(at, at + of_block.shape[1])
            at = part.stop
            texts = [chunk.texts for chunk in block if chunk.texts is not None]
            if texts and takes is None:
                lines += self._lines_of_texts(block, texts, take)
            else:
                lines += lines_by_take(
                    self._layout, times[part], of_block, take, None if takes is None else takes[part]
                )
            samples += of_block.size if texts else int(np.count_nonzero(~np.isnan(of_block)))
            hashes.append(record_hashes(times[part], of_block, self._layout.keys))
        return Rendered(lines, times, hashes[0] if len(hashes) == 1 else np.concatenate(hashes), samples, pieces)

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

    def _values(self, block: list[ColumnChunk]) -> NDArray[np.float64]:
        """The samples of a block, [channels, records]."""
        channels = len(self._layout.names)
        parts = [np.frombuffer(chunk.packed).reshape(channels, len(chunk.timestamps)) for chunk in block]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        _check_scale(self._layout, values)
        return values

    def _lines_of_texts(self, block: list[ColumnChunk], texts: list[list[memoryview]], take: int) -> Iterator[bytes]:
        times = b",".join([number_text(chunk.timestamps) for chunk in block])
        columns = zip(*texts, strict=True)
        return (line(p, b",".join(c), times) for p, c in zip(self._layout.prefixes(take), columns, strict=True))


def _check_scale(layout: Layout, values: NDArray[np.float64]) -> None:
    if layout.beyond_scale(values).any():
        raise BeyondScale


def _doubles(values: list[float | None]) -> NDArray[np.float64]:
    """Values as doubles, nan where missing; packing is the faster way when none is."""
    try:
        return np.frombuffer(pack(f"{len(values)}d", *values))
    except PackError:
        return np.array(values, dtype=np.float64)
