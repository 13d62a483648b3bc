"""Batches as messages, and batches that stream."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batch_simulator.batch import Batch
from batch_simulator.encode import chunks, marker
from batch_simulator.stream import shortened
from passwatch.contracts import BatchEnd, TelemetryChunk

START = 1_793_000_000_000
STEP = 30_000


def _batch(records: int, kept: list[int], values: list[float]) -> Batch:
    indices = np.array(kept, dtype=np.int64)
    return Batch(
        mission="default",
        satellite_id="SAT-001",
        records=records,
        first_ms=START,
        last_ms=START + (records - 1) * STEP,
        indices=indices,
        timestamps=START + indices * STEP,
        channels={"a": np.array([values[i % len(values)] for i in kept]), "b": np.arange(len(kept), dtype=np.float64)},
    )


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Batches with lost records and missing samples."""
    records = draw(st.integers(1, 300))
    lost = draw(st.sets(st.integers(0, records - 1), max_size=20))
    values = draw(st.lists(st.floats(allow_infinity=False), min_size=1, max_size=20))
    return _batch(records, [i for i in range(records) if i not in lost], values)


@given(batches(), st.integers(1, 120))
def test_chunks_hold_each_record_once(batch: Batch, size: int) -> None:
    """Decoded again, the messages give every kept record with its index, time and values, and no other."""
    seen: dict[int, tuple[int, float | None, float | None]] = {}
    for message in chunks(batch, size):
        chunk = msgspec.json.decode(msgspec.json.encode(message), type=TelemetryChunk)
        assert 1 <= len(chunk.timestamps) <= size
        assert (chunk.satellite_id, chunk.batch_id) == (batch.satellite_id, batch.batch_id)
        for i, time_ms in enumerate(chunk.timestamps):
            assert chunk.first_index + i not in seen
            seen[chunk.first_index + i] = (time_ms, chunk.channels["a"][i], chunk.channels["b"][i])
    assert sorted(seen) == batch.indices.tolist()
    for row, index in enumerate(batch.indices.tolist()):
        value = float(batch.channels["a"][row])
        expected = None if math.isnan(value) else value
        assert seen[index] == (START + index * STEP, expected, float(row))


@given(batches())
def test_the_marker_announces_the_lost_records_too(batch: Batch) -> None:
    """The ground station knows how many records there were and when, whatever was lost."""
    end = msgspec.json.decode(msgspec.json.encode(marker(batch)), type=BatchEnd)
    assert (end.records, end.first_time, end.last_time) == (batch.records, batch.first_ms, batch.last_ms)


@given(batches(), st.integers(1, 300))
def test_a_stream_that_is_stopped_ends_in_a_whole_batch(batch: Batch, records: int) -> None:
    """What was sent until then is a batch of its own under the same id, with the times of its own records."""
    records = min(records, batch.records)
    part = shortened(batch, records)
    assert part.batch_id == batch.batch_id
    assert (part.records, part.last_ms) == (records, START + (records - 1) * STEP)
    assert part.indices.tolist() == [i for i in batch.indices.tolist() if i < records]


def test_batch_ids_tell_satellite_and_start() -> None:
    """A person reads from the id whose batch it is and when it began, to the millisecond where that matters."""
    batch = _batch(1, [0], [0.0])
    assert batch.batch_id == "SAT-001-20261026T073320Z"
    assert msgspec.structs.replace(marker(batch), batch_id="x").records == 1
