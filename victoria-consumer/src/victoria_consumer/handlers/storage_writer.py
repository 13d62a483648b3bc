"""Storing: a thread that imports write batches, flushes them in groups, publishes what became queryable, and says so.

The order is the promise: a write batch is done when its samples can be read back, its dead letters and then its
progress are acknowledged by Kafka. Only then may its offsets begin to age towards their commit.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from passwatch.health import Check
from passwatch.metrics import DEAD_LETTERS
from passwatch.topics import TELEMETRY
from passwatch.victoria import Counters, VictoriaClient, VictoriaRefused, VictoriaUnavailable
from victoria_consumer import metrics
from victoria_consumer.domain.flush_group import FlushGroup
from victoria_consumer.domain.write_batch import WriteBatch
from victoria_consumer.handlers.publisher import Publisher

_log = structlog.get_logger()

CHECK_INTERVAL_S = 1.0
"""Time between two looks at VictoriaMetrics' own counters."""

REJECTED_ALARM_S = 600.0
"""For so long readiness says that VictoriaMetrics dropped rows."""

_BACKOFF_S = (0.1, 5.0)


@dataclass(frozen=True, slots=True)
class Work:
    """A write batch on its way, with its partitions' ``epochs`` and the storage's ``generation`` when it was taken."""

    write_batch: WriteBatch
    epochs: dict[int, int]
    generation: int


@dataclass(frozen=True, slots=True)
class Done:
    """Work that is stored, queryable and reported, since the time ``at``."""

    work: Work
    at: float


class StorageChanged(Exception):
    """VictoriaMetrics is not the process that it was: what it had not saved is gone."""


class StorageWriter:
    """Stores write batches in order. Its methods are for the one thread that takes messages.

    ``generation`` rises when the storage is in doubt: then all work that is not committed must be taken again.
    ``alive_until`` is the latest time until which the storage is known to have run since the generation began.
    """

    def __init__(
        self,
        client: VictoriaClient,
        publisher: Publisher,
        flush_interval_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._publisher = publisher
        self._clock = clock
        self._queue: queue.Queue[Work] = queue.Queue(maxsize=2)
        self._group: FlushGroup[Work] = FlushGroup(flush_interval_s)
        self._done: deque[Done] = deque()
        self._closing = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._failure: Exception | None = None
        self._started: float | None = None
        self._fault: str | None = "not reached yet"
        self._inserted_rows = 0.0
        self._rejected_rows = 0.0
        self._rejected_at = float("-inf")
        self._next_check = float("-inf")
        self._pause_s = 0.0
        self.generation = 0
        self.alive_until = float("-inf")

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def offer(self, work: Work, timeout_s: float) -> bool:
        """Hand work in, waiting up to ``timeout_s`` seconds for room; false if there was none.

        Raises:
            Exception: what ended the storing thread.
        """
        if self._failure is not None:
            raise self._failure
        try:
            self._queue.put(work, timeout=timeout_s)
        except queue.Full:
            return False
        return True

    def collect(self) -> list[Done]:
        """The work that was done since the last call, in order.

        Raises:
            Exception: what ended the storing thread.
        """
        if self._failure is not None:
            raise self._failure
        done = []
        while self._done:
            done.append(self._done.popleft())
        return done

    def close(self, timeout_s: float) -> None:
        """Finish all work that was handed in, unless the storage is away or it takes longer than ``timeout_s``."""
        self._closing.set()
        self._thread.join(timeout_s)
        self._stopping.set()
        self._thread.join(timeout_s)

    def storage_check(self) -> Check:
        """Whether VictoriaMetrics is there."""
        fault = self._fault
        return Check(fault is None, fault or "reachable")

    def rejected_check(self) -> Check:
        """Whether VictoriaMetrics dropped rows of late, which it does without an error."""
        age = self._clock() - self._rejected_at
        if age > REJECTED_ALARM_S:
            return Check(ok=True, detail="none dropped")
        return Check(ok=False, detail=f"VictoriaMetrics dropped rows {age:.0f} s ago, without an error; see its log")

    def _run(self) -> None:
        try:
            while not self._finished():
                self._publisher.poll()
                if self._started is None:
                    self._meet()
                else:
                    self._step()
        except Exception as error:
            _log.exception("storing ended")
            self._failure = error

    def _finished(self) -> bool:
        if self._stopping.is_set():
            return True
        return self._closing.is_set() and (self._started is None or (self._queue.empty() and not self._group))

    def _meet(self) -> None:
        """Wait until VictoriaMetrics answers, and note which process it is."""
        while not self._closing.wait(self._pause_s):
            try:
                asked_at = self._clock()
                counters = self._client.counters()
            except (VictoriaUnavailable, VictoriaRefused) as error:
                self._fault = str(error)
                self._publisher.poll()
                self._back_off()
            else:
                self._rejected_rows = counters.rejected_rows
                self._alive(counters, asked_at)
                _log.info("storage met", generation=self.generation, storage_started=counters.start_time)
                return

    def _step(self) -> None:
        """One step: import what is there, flush if it is time, look after the storage if it is time."""
        try:
            work = self._next()
            if work is not None and work.generation == self.generation:
                self._import(work)
            if self._group.wait_s(self._clock()) == 0:
                self._flush()
            if self._clock() >= self._next_check or self._last_step():
                self._check()
        except (VictoriaUnavailable, VictoriaRefused, StorageChanged) as error:
            self._lose(str(error))

    def _last_step(self) -> bool:
        return self._closing.is_set() and self._queue.empty() and not self._group

    def _next(self) -> Work | None:
        now = self._clock()
        flush_in = self._group.wait_s(now)
        wait = max(0.0, self._next_check - now)
        if flush_in is not None:
            wait = min(wait, flush_in)
        if self._closing.is_set():
            wait = min(wait, 0.01)
        try:
            return self._queue.get(timeout=min(wait, 0.2)) if wait > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None

    def _import(self, work: Work) -> None:
        if work.write_batch.body:
            with metrics.IMPORT_SECONDS.time():
                self._client.import_lines(work.write_batch.body)
            metrics.IMPORTED_BYTES.inc(len(work.write_batch.body))
        self._group.add(work)

    def _flush(self) -> None:
        begun = self._clock()
        released = self._group.begin(begun)
        if any(work.write_batch.body for work in released):
            self._client.force_flush()
        flushed = self._clock()
        self._group.end(flushed)
        metrics.FLUSH_SECONDS.observe(flushed - begun)
        dead = [dead_letter for work in released for dead_letter in work.write_batch.dead_letters]
        progress = [message for work in released for message in work.write_batch.progress]
        if not self._publisher.publish(dead, progress, self._stopping.is_set):
            return
        self._recovered()
        published = self._clock()
        metrics.PUBLISH_SECONDS.observe(published - flushed)
        for dead_letter in dead:
            DEAD_LETTERS.labels(TELEMETRY.name, dead_letter.rejection.reason).inc()
        self._done.extend(Done(work, published) for work in released)
        _log.info(
            "stored",
            messages=sum(work.write_batch.messages for work in released),
            records=sum(work.write_batch.records for work in released),
            samples=sum(work.write_batch.samples for work in released),
            batches=len({(m.progress.satellite_id, m.progress.batch_id) for m in progress}),
            markers=sum(m.progress.marker is not None for m in progress),
            dead_letters=len(dead),
            flush_s=round(flushed - begun, 4),
            publish_s=round(published - flushed, 4),
        )

    def _check(self) -> None:
        """See that VictoriaMetrics is the process it was, and that it dropped nothing."""
        asked_at = self._clock()
        counters = self._client.counters()
        if counters.start_time != self._started or counters.inserted_rows < self._inserted_rows:
            raise StorageChanged(f"VictoriaMetrics started anew at {counters.start_time:.0f}")
        dropped = counters.rejected_rows - self._rejected_rows
        if dropped > 0:
            self._rejected_rows = counters.rejected_rows
            self._rejected_at = asked_at
            metrics.REJECTED_ROWS.inc(dropped)
            _log.error("VictoriaMetrics dropped rows without an error", rows=dropped)
        self._alive(counters, asked_at)
        if not self._group:
            self._recovered()

    def _alive(self, counters: Counters, asked_at: float) -> None:
        """Note which process it is; start times are whole seconds, so a count that fell tells of a quick restart."""
        self._started = counters.start_time
        self._inserted_rows = counters.inserted_rows
        self.alive_until = asked_at
        self._next_check = asked_at + CHECK_INTERVAL_S

    def _recovered(self) -> None:
        """It does what is asked of it; only that ends the fault, for it may answer and yet take nothing."""
        self._fault = None
        self._pause_s = 0.0

    def _back_off(self) -> None:
        shortest, longest = _BACKOFF_S
        self._pause_s = min(longest, max(shortest, 2 * self._pause_s))

    def _lose(self, fault: str) -> None:
        """The storage is in doubt: drop all work, which will be taken again."""
        _log.warning("storage in doubt; uncommitted telemetry will be taken again", fault=fault)
        metrics.REWINDS.inc()
        self._fault = fault
        self._started = None
        self._back_off()
        self.alive_until = float("-inf")
        self.generation += 1
        self._group.clear()
        self._done.clear()
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                return
