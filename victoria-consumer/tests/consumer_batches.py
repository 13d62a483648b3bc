"""Batches that the consumer's tests send, and what must be stored of them."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from consumer_engines import Station
from consumer_support import CADENCE_MS, MISSIONS, fields

from passwatch.contracts import BatchProgress
from passwatch.names import metric_name
from tests.support.wait import wait_for

CHANNELS = [channel.name for channel in MISSIONS["default"].channels]
RECORDS = 1_080
RNG = np.random.default_rng(7)


def begin(records: int = RECORDS) -> int:
    """The time of the first of so many records, the last of which is a minute old."""
    newest = (time.time_ns() // 1_000_000 // CADENCE_MS) * CADENCE_MS - 60_000
    return newest - (records - 1) * CADENCE_MS


def batch(satellite: str, start: int, records: int = RECORDS, chunk: int = 100, **changes: Any) -> list[dict[str, Any]]:
    """A batch of all channels, some samples missing, as chunks."""
    values = np.round(RNG.normal(0, 50, (len(CHANNELS), records)), 3)
    values[RNG.random(values.shape) < 0.01] = np.nan
    columns = {
        name: [None if math.isnan(v) else v for v in row] for name, row in zip(CHANNELS, values.tolist(), strict=True)
    }
    return [
        fields(
            first,
            min(chunk, records - first),
            satellite_id=satellite,
            timestamps=[start + i * CADENCE_MS for i in range(first, min(first + chunk, records))],
            channels={name: column[first : first + chunk] for name, column in columns.items()},
        )
        | changes
        for first in range(0, records, chunk)
    ]


def end_of(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The marker of a batch."""
    times = [time for chunk in chunks for time in chunk["timestamps"]]
    same = ("mission", "satellite_id", "batch_id")
    return {name: chunks[0][name] for name in same} | {
        "records": len(times),
        "first_time": times[0],
        "last_time": times[-1],
    }


def wanted(chunks: list[dict[str, Any]]) -> dict[str, dict[int, float]]:
    """What must be stored of chunks: values by time, by series name."""
    result: dict[str, dict[int, float]] = {}
    for chunk in chunks:
        for name, column in chunk["channels"].items():
            series = result.setdefault(metric_name(name), {})
            series |= {t: v for t, v in zip(chunk["timestamps"], column, strict=True) if v is not None}
    return {name: series for name, series in result.items() if series}


def assert_stored(station: Station, satellite: str, chunks: list[dict[str, Any]]) -> None:
    """Exactly the samples of the chunks can be read back, values to a relative 1e-11."""
    expected = wanted(chunks)
    times = [time for chunk in chunks for time in chunk["timestamps"]]
    found = station.stored(satellite, min(times) - 10**9, max(times) + 10**9)
    assert found.keys() == expected.keys()
    for name, series in expected.items():
        assert found[name].keys() == series.keys(), name
        assert all(math.isclose(found[name][t], v, rel_tol=1e-11, abs_tol=1e-300) for t, v in series.items()), name


def await_marker(station: Station, satellite: str) -> list[BatchProgress]:
    """The progress of a satellite, once its marker is reported."""
    return wait_for(
        f"the marker of {satellite} is reported",
        lambda: (p := station.progress(satellite)) and any(m.marker for m in p) and p,
    )
