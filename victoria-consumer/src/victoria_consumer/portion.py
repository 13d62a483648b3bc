"""A portion: what one poll brought, checked and ready to be stored, published and, last of all, committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from passwatch import headers as kafka_headers
from victoria_consumer.bad_runs import BadRuns
from victoria_consumer.batch_progress import BatchParts, ProgressMessage
from victoria_consumer.chunk import Admitted, BatchMarker, RecordChunk
from victoria_consumer.door import Door
from victoria_consumer.raw_message import RawMessage
from victoria_consumer.rejection import Rejection
from victoria_consumer.slab import ColumnSlab, RecordSlab
from victoria_consumer.source import Layout, Source
from victoria_consumer.time_limits import TimeBounds


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message, and why it (or some channel of it) was rejected."""

    message: RawMessage
    rejection: Rejection


@dataclass(slots=True)
class Reached:
    """How far messages go in a partition: from offset ``first`` to before ``end``; the newest one's broker time."""

    first: int
    end: int
    broker_time: int
    messages: int = 1

    @classmethod
    def at(cls, message: RawMessage) -> Reached:
        """The reach of a partition's first message."""
        offset = message.offset()
        return cls(offset, offset + 1, message.timestamp()[1])

    def take(self, message: RawMessage) -> None:
        """Extend it over the partition's next message."""
        self.end = message.offset() + 1
        self.broker_time = max(self.broker_time, message.timestamp()[1])
        self.messages += 1


@dataclass(frozen=True, slots=True)
class Portion:
    """The work of one poll: import lines, what to tell when they are queryable, and how far it reaches."""

    body: bytes
    progress: list[ProgressMessage]
    dead_letters: list[DeadLetter]
    reached: dict[int, Reached]
    records: int
    samples: int

    @property
    def messages(self) -> int:
        """The number of messages."""
        return sum(reached.messages for reached in self.reached.values())


SlabKey = tuple[int, Source, Layout]
BatchKey = tuple[int, Source, str]


class PortionBuilder:
    """Builds portions of messages; keeps the run of bad ones per partition from portion to portion."""

    def __init__(self, door: Door, bad_runs: BadRuns) -> None:
        self._door = door
        self._bad_runs = bad_runs
        self._halted: dict[int, int] = {}

    @property
    def halted(self) -> dict[int, int]:
        """The partitions in which too many consecutive messages were bad, and the offset at which each stands."""
        return dict(self._halted)

    def release(self, partition: int) -> None:
        """Let a halted partition go on; its run of bad messages is not forgotten."""
        self._halted.pop(partition, None)

    def forget(self, partition: int) -> None:
        """Begin anew with this partition."""
        self.release(partition)
        self._bad_runs.forget(partition)

    def build(self, messages: Iterable[RawMessage], bounds: TimeBounds) -> Portion:
        """The portion of these messages, which are in the order of their partitions.

        When the run of bad messages in a partition grows too long, the partition halts: its later messages are left.
        """
        gathered = _Gathered()
        letters: list[DeadLetter] = []
        reached: dict[int, Reached] = {}
        halted = self._halted
        check, bad_runs = self._door.check, self._bad_runs
        for message in messages:
            partition = message.partition()
            if partition in halted:
                continue
            admitted, rejection = check(message, bounds)
            if partition in reached:
                reached[partition].take(message)
            else:
                reached[partition] = Reached.at(message)
            if admitted is not None:
                gathered.add(partition, message, admitted)
                bad_runs.good(partition)
            elif bad_runs.bad(partition):
                halted[partition] = message.offset() + 1
            if rejection is not None:
                letters.append(DeadLetter(message, rejection))
        return gathered.portion(letters, reached)


class _Gathered:
    """What the door admitted, by satellite and batch."""

    def __init__(self) -> None:
        self._records: dict[SlabKey, RecordSlab] = {}
        self._columns: dict[SlabKey, ColumnSlab] = {}
        self._batches: dict[BatchKey, BatchParts] = {}

    def add(self, partition: int, message: RawMessage, admitted: Admitted) -> None:
        """Take in what was admitted of a message."""
        source = admitted.source
        if isinstance(admitted, BatchMarker):
            headers = kafka_headers.read(message.headers())
            self._batch(partition, source, admitted.batch_id).add_marker(admitted.marker, headers)
            return
        broker_time = message.timestamp()[1]
        key = (partition, source, admitted.layout)
        if isinstance(admitted, RecordChunk):
            record_slab = self._records.get(key)
            if record_slab is None:
                record_slab = self._records[key] = RecordSlab(admitted.layout)
            record_slab.add(admitted, broker_time)
        else:
            column_slab = self._columns.get(key)
            if column_slab is None:
                column_slab = self._columns[key] = ColumnSlab(admitted.layout)
            column_slab.add(admitted, broker_time)

    def portion(self, letters: list[DeadLetter], reached: dict[int, Reached]) -> Portion:
        """The portion that they make."""
        lines: list[bytes] = []
        samples = records = 0
        slabs: list[tuple[SlabKey, RecordSlab | ColumnSlab]] = [*self._records.items(), *self._columns.items()]
        for (partition, source, _), slab in slabs:
            rendered = slab.render()
            lines += rendered.lines
            samples += rendered.samples
            records += slab.runs.records
            for run in slab.runs.runs:
                batch = self._batch(partition, source, run.batch_id)
                batch.add_run(run, rendered.times, rendered.hashes)
        progress = [message for batch in self._batches.values() for message in batch.messages()]
        return Portion(b"".join(lines), progress, letters, reached, records, samples)

    def _batch(self, partition: int, source: Source, batch_id: str) -> BatchParts:
        batch = self._batches.get((partition, source, batch_id))
        if batch is None:
            batch = BatchParts(source.mission.id, source.satellite_id, batch_id, partition)
            self._batches[partition, source, batch_id] = batch
        return batch
