"""The loop of the consumer: take, check, hand over to the storage writer; send heartbeats; commit last."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import structlog

from passwatch.health import Check
from passwatch.kafka import make_producer, topic_name
from passwatch.kafka_watchdog import KafkaWatchdog
from passwatch.mission import Mission
from passwatch.signals import StopSignal
from passwatch.streaming.faults import Retry
from passwatch.streaming.messages import RawMessage
from passwatch.streaming.rejects import RejectBudget
from passwatch.topics import TELEMETRY
from passwatch.victoria import VictoriaClient
from victoria_consumer import metrics
from victoria_consumer.db.take_table import TakeTable
from victoria_consumer.domain.offset_ledger import OffsetLedger
from victoria_consumer.domain.takes import TakeBook
from victoria_consumer.domain.time_limits import TimeLimits
from victoria_consumer.domain.validator import Validator
from victoria_consumer.domain.write_batch import WriteBatchBuilder
from victoria_consumer.handlers.heartbeats import Heartbeats
from victoria_consumer.handlers.publisher import Publisher
from victoria_consumer.handlers.storage_writer import StorageWriter, Work
from victoria_consumer.handlers.telemetry import TelemetryReader
from victoria_consumer.handlers.topic_ends import TopicEnds
from victoria_consumer.settings import DAY_MS, HOUR_MS, Settings

_log = structlog.get_logger()

_TAKE_TIMEOUT_S = 0.1
_OFFER_TIMEOUT_S = 0.25
_COMMIT_INTERVAL_S = 1.0
_FINISH_TIMEOUT_S = 8.0
_RETRY_S = 1.0
_PRUNE_S = 3_600.0


class Service:
    """One victoria-consumer. Several share the partitions of the telemetry topic."""

    def __init__(
        self, settings: Settings, missions: Mapping[str, Mission], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._limits = TimeLimits(round(settings.oldest_days * DAY_MS), round(settings.newest_hours * HOUR_MS))
        rejects = RejectBudget(settings.reject_burst, settings.rejects_per_s)
        self._take_table = TakeTable(settings.postgres_dsn.get_secret_value())
        self._takes = TakeBook(self._take_table.load)
        self._builder = WriteBatchBuilder(Validator(missions), rejects, self._takes)
        self._ledger = OffsetLedger(settings.commit_delay_s)
        self._client = VictoriaClient(settings.victoria_url)
        self._watchdog = KafkaWatchdog(settings.kafka_bootstrap, settings.kafka_patience_s)
        producer = make_producer(settings.kafka_bootstrap, **self._watchdog.settings("publisher"))
        self._publisher = Publisher(producer, settings.topic_prefix)
        self._writer = StorageWriter(self._client, self._publisher, settings.flush_interval_s, clock)
        self._reader = TelemetryReader(
            settings.kafka_bootstrap,
            settings.topic_prefix,
            self._watchdog.settings("telemetry"),
            on_assigned=self._assigned,
            on_revoked=self._revoked,
            on_lost=self._lost,
            on_committed=self._ledger.commit,
        )
        self._heartbeats = Heartbeats(
            self._publisher,
            TopicEnds(settings.kafka_bootstrap, topic_name(settings.topic_prefix, TELEMETRY)),
            self._everything_reported,
            settings.heartbeat_interval_s,
            clock,
        )
        self._unchecked: list[RawMessage] = []
        self._fault: str | None = None
        self._next_try = self._next_prune = clock()
        self._pending: Work | None = None
        self._generation = 0
        self._to_seek: dict[int, int] = {}
        self._poll_messages = min(100, settings.poll_messages)
        self._next_commit = clock()

    def probes(self) -> dict[str, Callable[[], Check]]:
        """The probes of its readiness."""
        return {
            "kafka": self._kafka_check,
            "kafka_clients": self._watchdog.check,
            "victoriametrics": self._writer.storage_check,
            "victoriametrics_rows": self._writer.rejected_check,
            "validator": self._validator_check,
            "takes": self._takes_check,
        }

    def run(self, stop: StopSignal) -> None:
        """Work until asked to stop; then finish what was taken, and commit only what is old enough.

        The rest is imported again by whoever comes next, a few seconds' worth: waiting for it to age would hold up
        every restart, and committing it would trust in what the storage may not have saved.
        """
        self._writer.start()
        self._watchdog.start()
        try:
            while not stop.is_set():
                self._turn()
            self._finish()
        finally:
            self._watchdog.stop()
            self._reader.close()
            self._publisher.close(_FINISH_TIMEOUT_S)
            self._client.close()
            self._take_table.close()

    def _turn(self) -> None:
        self._note_done()
        self._rewind_if_in_doubt()
        self._resume_slowed()
        self._commit()
        self._heartbeats.turn()
        if self._to_seek:
            self._to_seek = self._reader.seek(self._to_seek)
            self._reader.serve()
        elif self._pending is not None:
            self._hand_over(self._pending)
        elif self._unchecked:
            self._check_again()
        else:
            self._unchecked = self._reader.take(self._poll_messages, _TAKE_TIMEOUT_S)
            if self._unchecked:
                self._check_again()

    def _check_again(self) -> None:
        """Check what was taken; while takes cannot be looked up and remembered, it waits here."""
        if self._clock() < self._next_try:
            self._reader.pause()
            self._reader.serve()
            time.sleep(_TAKE_TIMEOUT_S / 2)
            return
        try:
            self._pending = self._check(self._unchecked)
        except Retry as fault:
            if self._fault is None:
                _log.warning("telemetry waits: takes cannot be looked up", fault=str(fault))
            self._fault = str(fault)
            self._next_try = self._clock() + _RETRY_S
        else:
            self._fault = None
            self._unchecked = []

    def _prune_takes(self, oldest: int) -> None:
        if self._clock() >= self._next_prune:
            self._take_table.prune(oldest)
            self._next_prune = self._clock() + _PRUNE_S

    def _check(self, messages: list[RawMessage]) -> Work:
        with metrics.BUILD_SECONDS.time():
            bounds = self._limits.at(time.time_ns() // 1_000_000)
            slowed_before = self._builder.slowed
            try:
                batch = self._builder.build(messages, bounds, self._clock())
                self._takes.save(self._take_table.save)
                self._prune_takes(bounds.oldest)
            except Retry:
                for partition in self._builder.slowed.keys() - slowed_before:
                    self._builder.rewind(partition)
                raise
        self._size_polls(messages)
        for partition in self._builder.slowed.keys() - slowed_before:
            self._slow(partition)
        epochs = {}
        for partition, reached in batch.reached.items():
            epoch = self._ledger.take(partition, reached.first, reached.end)
            if epoch is not None:
                epochs[partition] = epoch
        metrics.MESSAGES.inc(batch.messages)
        return Work(batch, epochs, self._generation)

    def _size_polls(self, messages: list[RawMessage]) -> None:
        """Let polls bring about as many bytes as the settings say, whatever the size of messages."""
        some = messages[:16]
        mean = 1 + sum(len(message.value() or b"") for message in some) // len(some)
        self._poll_messages = max(1, min(self._settings.poll_messages, self._settings.poll_bytes // mean))

    def _hand_over(self, work: Work) -> None:
        if self._writer.offer(work, _OFFER_TIMEOUT_S):
            self._pending = None
            self._reader.resume(except_for=self._builder.slowed)
        else:
            self._reader.pause()
            self._reader.serve()

    def _note_done(self) -> None:
        for done in self._writer.collect():
            batch = done.work.write_batch
            for partition, epoch in done.work.epochs.items():
                reached = batch.reached[partition]
                if self._ledger.store(partition, epoch, reached.end, done.at):
                    self._heartbeats.handled(partition, reached.broker_time)
            metrics.RECORDS.inc(batch.records)
            metrics.SAMPLES.inc(batch.samples)

    def _rewind_if_in_doubt(self) -> None:
        if self._generation == self._writer.generation:
            return
        self._generation = self._writer.generation
        self._pending = None
        self._unchecked = []
        self._to_seek = self._ledger.rewind()
        for partition in self._to_seek:
            self._builder.rewind(partition)
        _log.info("taking again from the committed offsets", offsets=self._to_seek)

    def _commit(self) -> None:
        now = self._clock()
        if now >= self._next_commit:
            self._next_commit = now + _COMMIT_INTERVAL_S
            self._reader.commit(self._due())

    def _due(self) -> dict[int, int]:
        """What may be committed; nothing while the storage is in doubt."""
        alive_until = self._writer.alive_until
        return self._ledger.due(alive_until) if self._generation == self._writer.generation else {}

    def _everything_reported(self, partition: int, end: int) -> bool:
        taken = self._ledger.taken(partition)
        reached = max(self._reader.read_up_to(partition), -1 if taken is None else taken)
        return self._ledger.settled(partition) and reached >= end

    def _finish(self) -> None:
        if self._pending is not None and self._generation == self._writer.generation:
            self._writer.offer(self._pending, _FINISH_TIMEOUT_S)
        self._writer.close(_FINISH_TIMEOUT_S)
        self._note_done()
        self._reader.commit(self._due(), wait=True)
        _log.info("stopped")

    def _slow(self, partition: int) -> None:
        self._reader.hold(partition)
        metrics.SLOWED_PARTITIONS.set(len(self._builder.slowed))
        _log.error("partition slowed: too many bad messages", partition=partition)

    def _resume_slowed(self) -> None:
        """Take slowed partitions again from where they stand; there is nothing in between that was not handled."""
        resumed = self._builder.resumed(self._clock())
        if resumed:
            self._to_seek |= resumed
            metrics.SLOWED_PARTITIONS.set(len(self._builder.slowed))
            _log.info("partitions go on", offsets=resumed)

    def _assigned(self, partition: int) -> None:
        self._takes.forget()
        self._ledger.assign(partition)
        self._heartbeats.assign(partition)
        metrics.ASSIGNED_PARTITIONS.inc()

    def _revoked(self, partitions: list[int]) -> None:
        due = self._due()
        self._reader.commit({p: due[p] for p in partitions if p in due}, wait=True)

    def _lost(self, partition: int) -> None:
        self._ledger.forget(partition)
        self._builder.forget(partition)
        self._unchecked = [message for message in self._unchecked if message.partition() != partition]
        self._heartbeats.forget(partition)
        metrics.ASSIGNED_PARTITIONS.dec()
        metrics.SLOWED_PARTITIONS.set(len(self._builder.slowed))
        self._to_seek.pop(partition, None)

    def _kafka_check(self) -> Check:
        membership = self._reader.check()
        return membership if not membership.ok else self._heartbeats.check()

    def _takes_check(self) -> Check:
        fault = self._fault
        return Check(fault is None, f"telemetry waits for PostgreSQL: {fault}" if fault else "remembered")

    def _validator_check(self) -> Check:
        slowed = self._builder.slowed
        if not slowed:
            return Check(ok=True, detail="takes what comes")
        places = ", ".join(f"partition {partition} at offset {offset}" for partition, offset in sorted(slowed.items()))
        return Check(ok=False, detail=f"slowed by too many bad messages: {places}; see the dead letters")
