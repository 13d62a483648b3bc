"""Batches as messages."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from batch_simulator.batch import Batch
from batch_simulator.counter_rng import Floats
from passwatch.contracts import BatchEnd, TelemetryChunk


def chunks(batch: Batch, chunk_records: int) -> Iterator[TelemetryChunk]:
    """The batch's records, at most ``chunk_records`` a message; lost records end a chunk, since its indices run on."""
    if not batch.indices.size:
        return
    breaks = np.flatnonzero(np.diff(batch.indices) != 1) + 1
    for run in np.split(np.arange(batch.indices.size), breaks):
        for first in range(0, run.size, chunk_records):
            rows = slice(int(run[first]), int(run[min(first + chunk_records, run.size) - 1]) + 1)
            yield chunk(batch, rows)


def chunk(batch: Batch, rows: slice) -> TelemetryChunk:
    """These rows, whose indices run on, as one message."""
    return TelemetryChunk(
        mission=batch.mission,
        satellite_id=batch.satellite_id,
        batch_id=batch.batch_id,
        first_index=int(batch.indices[rows.start]),
        timestamps=batch.timestamps[rows].tolist(),
        channels={name: _values(values[rows]) for name, values in batch.channels.items()},
        stream=batch.stream,
    )


def marker(batch: Batch) -> BatchEnd:
    """The batch-complete marker: it announces the lost records too."""
    return BatchEnd(
        mission=batch.mission,
        satellite_id=batch.satellite_id,
        batch_id=batch.batch_id,
        records=batch.records,
        first_time=batch.first_ms,
        last_time=batch.last_ms,
        stream=batch.stream,
    )


def _values(values: Floats) -> list[float | None]:
    plain: list[float | None] = values.tolist()
    if np.isfinite(values).all():
        return plain
    return [value if finite else None for value, finite in zip(plain, np.isfinite(values).tolist(), strict=True)]
