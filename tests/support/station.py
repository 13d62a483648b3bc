"""A ground station for tests: sends passes to Kafka in whatever order, number and state a test wants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from confluent_kafka import KafkaError, Message

from batch_simulator.faults import Fault
from batch_simulator.generate import Telemetry, generate
from passwatch import headers
from passwatch.contracts import BatchEnd, Stream, TelemetryChunk
from passwatch.ids import batch_uid
from passwatch.kafka import make_producer, topic_name
from passwatch.mission import Mission
from passwatch.topics import TELEMETRY
from tests.support.moment import CADENCE_MS, MOVED_MS

RECORDS = 1_080
BATCH_MS = RECORDS * CADENCE_MS


@dataclass(frozen=True, slots=True)
class Pass:
    """One batch as a test sends it: record ``i`` has index ``i`` and time ``telemetry.timestamps[i]``."""

    mission: str
    satellite_id: str
    batch_id: str
    telemetry: Telemetry
    stream: Stream = "realtime"

    @property
    def uid(self) -> str:
        """The batch's public id."""
        return batch_uid(self.mission, self.satellite_id, self.batch_id, self.stream)

    @property
    def records(self) -> int:
        """How many records it has."""
        return len(self.telemetry.timestamps)

    def chunk(self, indices: Sequence[int]) -> TelemetryChunk:
        """These consecutive records as one message."""
        rows = np.asarray(indices)
        return TelemetryChunk(
            mission=self.mission,
            satellite_id=self.satellite_id,
            batch_id=self.batch_id,
            first_index=int(rows[0]),
            timestamps=self.telemetry.timestamps[rows].tolist(),
            channels={
                name: [None if np.isnan(v) else v for v in values[rows].tolist()]
                for name, values in self.telemetry.channels.items()
            },
            stream=self.stream,
        )

    def marker(self) -> BatchEnd:
        """The batch-complete marker."""
        return BatchEnd(
            mission=self.mission,
            satellite_id=self.satellite_id,
            batch_id=self.batch_id,
            records=self.records,
            first_time=int(self.telemetry.timestamps[0]),
            last_time=int(self.telemetry.timestamps[-1]),
            stream=self.stream,
        )


def simulated(
    mission: Mission,
    satellite_id: str,
    start_ms: int,
    *,
    records: int = RECORDS,
    seed: int = 1,
    faults: Sequence[Fault] = (),
    batch_id: str | None = None,
    like: str = "SAT-101",
) -> Pass:
    """A pass of simulated telemetry, the same values in every run: those that ``like`` measured when it was flown."""
    befell = [replace(f, start_ms=f.start_ms - MOVED_MS, end_ms=f.end_ms - MOVED_MS) for f in faults]
    flown = generate(mission, like, start_ms - MOVED_MS, records, CADENCE_MS / 1000, seed, befell)
    telemetry = Telemetry(flown.timestamps + MOVED_MS, flown.channels, indices=flown.indices)
    return Pass(mission.id, satellite_id, batch_id or f"{satellite_id}-{start_ms}", telemetry)


class Station:
    """Sends to the telemetry topic and waits until the broker has it all."""

    def __init__(self, bootstrap: str, prefix: str = "") -> None:
        self._producer = make_producer(bootstrap)
        self._topic = topic_name(prefix, TELEMETRY)
        self._failed: list[str] = []

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(str(error))

    def raw(self, key: str | None, value: bytes | None, message_headers: list[tuple[str, bytes]]) -> None:
        """Send these bytes as they are."""
        self._producer.produce(
            self._topic,
            key=key,
            value=value,
            headers=list[tuple[str, str | bytes | None]](message_headers),
            on_delivery=self._delivered,
        )
        self._producer.poll(0)

    def chunk(self, sent: Pass, indices: Sequence[int]) -> None:
        """Send these records as one message."""
        chunk = sent.chunk(indices)
        self.raw(sent.satellite_id, msgspec.json.encode(chunk), headers.make(TelemetryChunk))

    def records(self, sent: Pass, indices: Iterable[int], size: int = 100) -> None:
        """Send these records, in messages of at most ``size`` consecutive ones."""
        run: list[int] = []
        for index in indices:
            if run and (index != run[-1] + 1 or len(run) == size):
                self.chunk(sent, run)
                run = []
            run.append(index)
        if run:
            self.chunk(sent, run)

    def marker(self, sent: Pass) -> None:
        """Send the batch-complete marker."""
        self.raw(sent.satellite_id, msgspec.json.encode(sent.marker()), headers.make(BatchEnd))

    def whole(self, sent: Pass, size: int = 100) -> None:
        """Send all records, then the marker."""
        self.records(sent, range(sent.records), size)
        self.marker(sent)

    def flush(self) -> None:
        """Return when the broker has acknowledged everything."""
        left = self._producer.flush(60)
        assert (left, self._failed) == (0, [])
