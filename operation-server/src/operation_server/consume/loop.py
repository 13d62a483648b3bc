"""A consumer in a thread: take messages, hand them on, commit; start over after whatever goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from operation_server.metrics import LAG
from passwatch.failures import in_words
from passwatch.health import Check
from passwatch.kafka import make_consumer
from passwatch.kafka_watchdog import KafkaWatchdog
from passwatch.signals import StopSignal

MAX_MESSAGES = 64
MAX_BYTES = 24 * 1024 * 1024
POLL_S = 0.5
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
LAG_EVERY_S = 5.0
SILENT_S = 60.0
log = structlog.get_logger()


@dataclass(slots=True)
class State:
    """What a probe may know of the loop; written by its thread alone."""

    heard: float = field(default_factory=time.monotonic)
    problem: str | None = "has not joined its group yet"
    partitions: int = 0
    lag: int | None = None


class ConsumerLoop:
    """Consumes one topic in a group and hands messages on, a pollful at a time.

    Offsets are committed after ``handle`` has returned. If it raises, or Kafka does, the consumer leaves the group,
    waits, and begins again at the committed offset: ``handle`` must bear repetition.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        group: str,
        handle: Callable[[Sequence[Message]], None],
        stop: StopSignal,
        watchdog: KafkaWatchdog,
    ) -> None:
        self._bootstrap, self._topic, self._group = bootstrap, topic, group
        self._watchdog = watchdog
        self._handle = handle
        self._stop = stop
        self._state = State()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"consume-{topic}", daemon=True)

    def start(self) -> None:
        """Begin to consume."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._thread.join()

    def check(self) -> Check:
        """Whether it consumes, and how far it is behind."""
        state = self._state
        if not self._thread.is_alive():
            return Check(ok=False, detail="the consumer has stopped")
        if state.problem:
            return Check(ok=False, detail=state.problem)
        silent = time.monotonic() - state.heard
        if silent > SILENT_S:
            return Check(ok=False, detail=f"no sign of life for {silent:.0f} s")
        lag = "lag unknown" if state.lag is None else f"{state.lag} messages behind"
        return Check(ok=True, detail=f"{state.partitions} partitions, {lag}")

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._session()
            except Exception as error:
                self._state.problem = in_words(error)
                pause = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
                self._failures += 1
                log.warning("consumer_restarts", topic=self._topic, problem=self._state.problem, after_s=pause)
                self._stop.wait(pause)

    def _session(self) -> None:
        """Consume until something goes wrong or the stop is asked for."""
        consumer = make_consumer(
            self._bootstrap,
            self._group,
            queued_max_messages_kbytes=64 * 1024,
            fetch_wait_max_ms=100,
            **self._watchdog.settings(self._topic),
        )
        try:
            consumer.subscribe([self._topic])
            next_lag = 0.0
            while not self._stop.is_set():
                messages = self._take(consumer)
                if messages:
                    self._handle(messages)
                    consumer.commit(offsets=_after(messages), asynchronous=False)
                    self._failures = 0
                self._state.heard = time.monotonic()
                if self._state.heard >= next_lag:
                    self._measure(consumer)
                    next_lag = self._state.heard + LAG_EVERY_S
        finally:
            consumer.close()

    def _take(self, consumer: Consumer) -> list[Message]:
        """The next messages: waits for the first, takes with it what has arrived already."""
        messages: list[Message] = []
        size, patience = 0, POLL_S
        while len(messages) < MAX_MESSAGES and size < MAX_BYTES:
            message = consumer.poll(patience)
            if message is None:
                break
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            messages.append(message)
            size += len(message)
            patience = 0.0
        return messages

    def _measure(self, consumer: Consumer) -> None:
        assigned = consumer.assignment()
        self._state.partitions = len(assigned)
        if not assigned:
            self._state.problem = None if consumer.memberid() else "has not joined its group yet"
            self._state.lag = None
            return
        behind = 0
        for partition in consumer.position(assigned):
            low, high = consumer.get_watermark_offsets(partition, cached=True)
            if high >= 0:
                behind += high - max(partition.offset, low, 0)
        self._state.problem, self._state.lag = None, behind
        LAG.labels(self._topic).set(behind)


def _after(messages: Sequence[Message]) -> list[TopicPartition]:
    """The offsets that follow the messages, one per partition."""
    following: dict[tuple[str, int], int] = {}
    for message in messages:
        key = (message.topic() or "", message.partition() or 0)
        following[key] = max(following.get(key, 0), (message.offset() or 0) + 1)
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in following.items()]
