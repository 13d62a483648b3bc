"""A write batch: what one poll brought, checked and ready to be stored, published and, last of all, committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from passwatch.contracts import RejectedSamples
from passwatch.streaming.dead_letters import DeadLetter
from passwatch.streaming.faults import UNREADABLE, Reject, Retry, rejection_of
from passwatch.streaming.messages import RawMessage, read_headers
from passwatch.streaming.rejects import RejectBudget
from victoria_consumer.domain.batch_progress import BatchParts, ProgressMessage
from victoria_consumer.domain.chunk import Admitted, BatchMarker, RecordChunk
from victoria_consumer.domain.record_batch import ColumnRecordBatch, RowRecordBatch
from victoria_consumer.domain.scale import whole_channels, without_absurd
from victoria_consumer.domain.source import Layout, Source
from victoria_consumer.domain.takes import TakeBook
from victoria_consumer.domain.time_limits import TimeBounds
from victoria_consumer.domain.validator import Validator


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
class WriteBatch:
    """The work of one poll: import lines, what to publish when they are queryable, and how far it reaches."""

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


RecordBatchKey = tuple[int, Source, Layout]
BatchKey = tuple[int, Source, str]


class WriteBatchBuilder:
    """Builds write batches of messages; a partition that brings too many bad ones is slowed."""

    def __init__(self, validator: Validator, rejects: RejectBudget, takes: TakeBook) -> None:
        self._validator = validator
        self._takes = takes
        self._rejects = rejects
        self._slowed: dict[int, int] = {}

    @property
    def slowed(self) -> dict[int, int]:
        """The partitions that wait because too many of their messages were bad, and the offset at which each stands."""
        return dict(self._slowed)

    def resumed(self, now: float) -> dict[int, int]:
        """The partitions that have waited long enough, with the offsets to take them from again; each given once."""
        return {p: self._slowed.pop(p) for p in self._rejects.ready(now) if p in self._slowed}

    def rewind(self, partition: int) -> None:
        """The partition is taken again from an earlier offset, slowed or not."""
        self._slowed.pop(partition, None)

    def forget(self, partition: int) -> None:
        """Begin anew with this partition."""
        self._slowed.pop(partition, None)
        self._rejects.forget(partition)

    def build(self, messages: Iterable[RawMessage], bounds: TimeBounds, now: float = 0.0) -> WriteBatch:
        """The write batch of these messages, which are in the order of their partitions; ``now`` is of a steady clock.

        When too many messages of a partition are bad, its later ones are left: :meth:`resumed` says when to take them.

        Raises:
            Retry: the takes that the records need cannot be looked up now.
        """
        taken: list[tuple[RawMessage, Reject | None]] = []
        gathered = _Gathered(self._takes)
        dead: list[DeadLetter] = []
        reached: dict[int, Reached] = {}
        slowed = self._slowed
        check, rejects = self._validator.check, self._rejects
        for message in messages:
            partition = message.partition()
            if partition in slowed:
                continue
            admitted, rejection = check(message, bounds)
            if partition in reached:
                reached[partition].take(message)
            else:
                reached[partition] = Reached.at(message)
            if admitted is not None:
                taken.append((message, rejection))
                gathered.add(message, admitted, rejection)
            elif rejects.reject(partition, now):
                slowed[partition] = message.offset() + 1
            if rejection is not None:
                dead.append(DeadLetter(message, rejection))
        try:
            return gathered.write_batch(dead, reached)
        except Retry:
            raise
        except Exception:
            return self._one_by_one(taken, bounds, dead, reached)

    def _one_by_one(
        self,
        taken: Iterable[tuple[RawMessage, Reject | None]],
        bounds: TimeBounds,
        dead: list[DeadLetter],
        reached: dict[int, Reached],
    ) -> WriteBatch:
        """The write batch without the samples and the messages that must not or cannot be written."""
        gathered = _Gathered(self._takes)
        for message, channels in taken:
            try:
                admitted, _ = self._validator.check(message, bounds)
                if admitted is None:
                    continue
                absurd = None
                if not isinstance(admitted, BatchMarker):
                    admitted, absurd = without_absurd(admitted)
                alone = _Gathered(self._takes)
                alone.add(message, admitted, channels)
                alone.write_batch([], {})
            except Retry:
                raise
            except Exception as error:
                dead.append(DeadLetter(message, rejection_of(error, UNREADABLE)))
                continue
            gathered.add(message, admitted, channels)
            if absurd is not None:
                dead.append(DeadLetter(message, absurd.rejection))
                gathered.reject(message, admitted, absurd.samples)
        return gathered.write_batch(dead, reached)


class _Gathered:
    """What was admitted, by satellite and batch."""

    def __init__(self, takes: TakeBook) -> None:
        self._takes = takes
        self._records: dict[RecordBatchKey, RowRecordBatch] = {}
        self._columns: dict[RecordBatchKey, ColumnRecordBatch] = {}
        self._batches: dict[BatchKey, BatchParts] = {}

    def add(self, message: RawMessage, admitted: Admitted, rejection: Reject | None) -> None:
        """Take in what was admitted of a message, and note the channels that were not."""
        partition, source = message.partition(), admitted.source
        if isinstance(admitted, BatchMarker):
            headers = read_headers(message)
            self._batch(partition, source, admitted.batch_id).add_marker(admitted.marker, headers)
            return
        if rejection is not None:
            self.reject(message, admitted, whole_channels(admitted, rejection))
        broker_time = message.timestamp()[1]
        key = (partition, source, admitted.layout)
        if isinstance(admitted, RecordChunk):
            rows = self._records.get(key)
            if rows is None:
                rows = self._records[key] = RowRecordBatch(admitted.layout)
            rows.add(admitted, broker_time)
        else:
            columns = self._columns.get(key)
            if columns is None:
                columns = self._columns[key] = ColumnRecordBatch(admitted.layout)
            columns.add(admitted, broker_time)

    def reject(self, message: RawMessage, admitted: Admitted, samples: Iterable[RejectedSamples]) -> None:
        """Note samples of a message that were left out."""
        self._batch(message.partition(), admitted.source, admitted.batch_id).add_rejected(samples)

    def write_batch(self, dead: list[DeadLetter], reached: dict[int, Reached]) -> WriteBatch:
        """The write batch that they make."""
        lines: list[bytes] = []
        samples = records = 0
        record_batches: list[tuple[RecordBatchKey, RowRecordBatch | ColumnRecordBatch]] = [
            *self._records.items(),
            *self._columns.items(),
        ]
        for (partition, source, _), record_batch in record_batches:
            rendered = record_batch.render(partial(self._takes.assign, source.key))
            lines += rendered.lines
            samples += rendered.samples
            records += record_batch.runs.records
            for run, pieces in zip(record_batch.runs.runs, rendered.takes, strict=True):
                batch = self._batch(partition, source, run.batch_id)
                batch.add_run(run, pieces, rendered.times, rendered.hashes)
        progress = [message for batch in self._batches.values() for message in batch.messages()]
        return WriteBatch(b"".join(lines), progress, dead, reached, records, samples)

    def _batch(self, partition: int, source: Source, batch_id: str) -> BatchParts:
        batch = self._batches.get((partition, source, batch_id))
        if batch is None:
            batch = BatchParts(source.mission.id, source.satellite_id, batch_id, partition, source.stream)
            self._batches[partition, source, batch_id] = batch
        return batch
