"""Chunks without the samples that the storage cannot hold beside their neighbours. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from passwatch.contracts import RejectedSamples
from passwatch.names import MAX_NAME
from passwatch.streaming.faults import Reject
from victoria_consumer.domain.chunk import ColumnChunk, RecordChunk
from victoria_consumer.domain.reasons import Reason
from victoria_consumer.domain.source import Layout

Chunk = RecordChunk | ColumnChunk
_SHOWN = 5
"""Samples that a rejection names."""


@dataclass(frozen=True, slots=True)
class Absurd:
    """What was left out of a chunk: in words, and as spans."""

    rejection: Reject
    samples: list[RejectedSamples]


def without_absurd(chunk: Chunk) -> tuple[Chunk, Absurd | None]:
    """The chunk with its absurd samples missing, and what they were; as it is if there are none."""
    values = values_of(chunk)
    beyond = chunk.layout.beyond_scale(values)
    if not beyond.any():
        return chunk, None
    kept = values.copy()
    kept[beyond] = np.nan
    first, _ = records_of(chunk)
    samples = [
        RejectedSamples(channel=name[:MAX_NAME], reason=Reason.BEYOND_SCALE, first=first + start, count=end - start)
        for name, row in zip(chunk.layout.names, beyond, strict=True)
        for start, end in _spans(row)
    ]
    return _with(chunk, kept), Absurd(_rejection(chunk.layout, values, beyond, first), samples)


def whole_channels(chunk: Chunk, rejection: Reject) -> list[RejectedSamples]:
    """The channels that were left out of a chunk for what they are, as spans."""
    first, count = records_of(chunk)
    return [
        RejectedSamples(channel=name[:MAX_NAME], reason=reason, first=first, count=count)
        for name, reason in rejection.channels.items()
    ]


def records_of(chunk: Chunk) -> tuple[int, int]:
    """The index of a chunk's first record, and how many there are."""
    return (chunk.index, 1) if isinstance(chunk, RecordChunk) else (chunk.first_index, len(chunk.timestamps))


def values_of(chunk: Chunk) -> NDArray[np.float64]:
    """The samples of a chunk, [channels, records], nan where missing."""
    if isinstance(chunk, RecordChunk):
        return np.array(chunk.values, dtype=np.float64).reshape(-1, 1)
    return np.frombuffer(chunk.packed).reshape(len(chunk.layout.names), len(chunk.timestamps))


def _with(chunk: Chunk, values: NDArray[np.float64]) -> Chunk:
    if isinstance(chunk, RecordChunk):
        return replace(chunk, values=tuple(None if np.isnan(value) else float(value) for value in values[:, 0]))
    return replace(chunk, packed=values.tobytes(), texts=None)


def _rejection(layout: Layout, values: NDArray[np.float64], beyond: NDArray[np.bool_], first: int) -> Reject:
    by_channel: dict[str, list[str]] = defaultdict(list)
    for row, column in zip(*np.nonzero(beyond), strict=True):
        by_channel[layout.names[row]].append(f"{values[row, column]:g} in record {first + column}")
    said = []
    for name, samples in by_channel.items():
        more = f" and {len(samples) - _SHOWN} more" if len(samples) > _SHOWN else ""
        largest = layout.largest[layout.names.index(name), 0]
        said.append(f"channel {name!r}: {', '.join(samples[:_SHOWN])}{more}; what is stored is within ±{largest:g}")
    return Reject(Reason.BEYOND_SCALE, "; ".join(said), dict.fromkeys(by_channel, Reason.BEYOND_SCALE))


def _spans(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
