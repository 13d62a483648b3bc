"""The points of the ingest benchmark, as Kafka messages of either shape and as import lines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import orjson

from passwatch import headers
from passwatch.contracts import BatchEnd, TelemetryChunk
from passwatch.kafka import make_producer, topic_name
from passwatch.mission import Mission
from passwatch.names import metric_name
from passwatch.topics import TELEMETRY

CADENCE_MS = 30_000
LINE_SAMPLES = 4_000
BODY_LINES = 50
"""Lines in one import request: about 4 MB."""


@dataclass(frozen=True, slots=True)
class Points:
    """Telemetry of a few satellites: ``values`` is [satellites, channels, records], ``timestamps`` [records], ms."""

    mission: Mission
    satellites: tuple[str, ...]
    timestamps: np.ndarray
    values: np.ndarray

    @property
    def count(self) -> int:
        """How many samples."""
        return int(self.values.size)

    @property
    def channels(self) -> list[str]:
        """The channels, in the order of ``values``."""
        return [channel.name for channel in self.mission.channels]

    def named(self, word: str) -> Points:
        """The same points of other satellites, whose names begin with this word."""
        names = tuple(f"{word}-{i}" for i in range(len(self.satellites)))
        return Points(self.mission, names, self.timestamps, self.values)


def make_points(mission: Mission, satellites: int, records: int) -> Points:
    """Slowly wandering values in steps of 0.01; the newest record is a minute old."""
    rng = np.random.default_rng(1)
    steps = rng.integers(-3, 4, (satellites, len(mission.channels), records))
    values = (steps.cumsum(axis=2) + 2_500) / 100
    newest = time.time_ns() // 1_000_000 - 60_000
    timestamps = newest - newest % CADENCE_MS - CADENCE_MS * np.arange(records, dtype=np.int64)[::-1]
    return Points(mission, tuple(f"s-{i}" for i in range(satellites)), timestamps, values)


def produce(points: Points, bootstrap: str, prefix: str, records_a_message: int) -> int:
    """Put the points into the telemetry topic, satellites taking turns, then their markers; returns the messages."""
    producer = make_producer(bootstrap, linger_ms=50, queue_buffering_max_messages=1_000_000)
    topic = topic_name(prefix, TELEMETRY)
    chunk_headers, end_headers = headers.make(TelemetryChunk), headers.make(BatchEnd)
    times = points.timestamps.tolist()
    sent = 0
    for first in range(0, len(times), records_a_message):
        span = slice(first, first + records_a_message)
        for satellite, values in zip(points.satellites, points.values[:, :, span].tolist(), strict=True):
            body = {
                "mission": points.mission.id,
                "satellite_id": satellite,
                "batch_id": "bench",
                "first_index": first,
                "timestamps": times[span],
                "channels": dict(zip(points.channels, values, strict=True)),
            }
            producer.produce(topic, key=satellite, value=orjson.dumps(body), headers=[*chunk_headers])
            sent += 1
        producer.poll(0)
    for satellite in points.satellites:
        end = BatchEnd(
            mission=points.mission.id,
            satellite_id=satellite,
            batch_id="bench",
            records=len(times),
            first_time=times[0],
            last_time=times[-1],
        )
        producer.produce(topic, key=satellite, value=msgspec.json.encode(end), headers=[*end_headers])
    if producer.flush(60):
        raise RuntimeError("Kafka does not take the telemetry")
    return sent + len(points.satellites)


def import_bodies(points: Points) -> list[bytes]:
    """The points as bodies for ``/api/v1/import``."""
    lines = list(_lines(points))
    return [b"".join(lines[i : i + BODY_LINES]) for i in range(0, len(lines), BODY_LINES)]


def _lines(points: Points) -> Iterator[bytes]:
    for satellite, columns in zip(points.satellites, points.values, strict=True):
        for start in range(0, len(points.timestamps), LINE_SAMPLES):
            span = slice(start, start + LINE_SAMPLES)
            times = orjson.dumps(points.timestamps[span], option=orjson.OPT_SERIALIZE_NUMPY)
            for channel, column in zip(points.channels, columns, strict=True):
                labels = {
                    "__name__": metric_name(channel),
                    "mission": points.mission.id,
                    "satellite_id": satellite,
                }
                values = orjson.dumps(np.ascontiguousarray(column[span]), option=orjson.OPT_SERIALIZE_NUMPY)
                yield b'{"metric":%b,"values":%b,"timestamps":%b}\n' % (orjson.dumps(labels), values, times)
