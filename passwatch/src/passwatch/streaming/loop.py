"""The loop of a consumer: take messages, hand them on, commit what was handled; wait for what is away.

Used by every consumer that has done with a message when it has written it. victoria-consumer, whose offsets must wait
until its storage is durable, has its own loop over the same parts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from passwatch.health import Check
from passwatch.kafka import ConfigValue, make_consumer, topic_name
from passwatch.metrics import CONSUMER_LAG, CONSUMER_RETRIES, DEAD_LETTERS
from passwatch.signals import StopSignal
from passwatch.streaming.dead_letters import DeadLetter, outgoing
from passwatch.streaming.faults import Retry, Stop
from passwatch.streaming.handler import Handler, process
from passwatch.streaming.messages import RawMessage, following, received
from passwatch.streaming.outgoing import Sender
from passwatch.streaming.rejects import RejectBudget
from passwatch.topics import Topic

POLL_S = 0.5
MAX_BYTES = 24 * 1024 * 1024
"""Bytes taken at a time, so that memory does not depend on the size of messages."""
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
"""Of the pauses after faults, each of which is twice the one before."""
LAG_EVERY_S = 5.0
SILENT_S = 60.0
REJECT_BURST, REJECTS_PER_S = 10_000, 100.0

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subscription:
    """Whose messages are consumed, by which group, and how many at a time."""

    topic: Topic
    group: str
    at_most: int = 64


@dataclass(slots=True)
class _State:
    """What a probe may know of the loop; written by its thread alone."""

    last_seen: float = field(default_factory=time.monotonic)
    fault: str | None = "has not joined its group yet"
    partitions: int = 0
    lag: int | None = None


class ConsumerLoop(Generic[T]):
    """Consumes one topic in a group.

    Offsets are committed after their messages were written or are in the dead-letter topic. While what a message needs
    is away, the consumer stays in its group with its partitions paused; when Kafka itself is at fault it begins anew.
    """

    def __init__(
        self,
        bootstrap: str,
        topic_prefix: str,
        subscription: Subscription,
        handler: Handler[T],
        producer: Producer,
        stop: StopSignal,
        settings: Callable[[], Mapping[str, ConfigValue]] = dict,
        *,
        rejects: RejectBudget | None = None,
    ) -> None:
        """``settings`` gives further settings of a consumer that is about to be made, the watchdog's for example."""
        self._bootstrap, self._prefix, self._subscription = bootstrap, topic_prefix, subscription
        self._topic = topic_name(topic_prefix, subscription.topic)
        self._handler, self._stop, self._settings = handler, stop, settings
        self._sender = Sender(producer)
        self._rejects = rejects or RejectBudget(REJECT_BURST, REJECTS_PER_S)
        self._held_back = False
        self._state = _State()
        self._thread = threading.Thread(target=self.run, name=f"consume-{subscription.topic.name}", daemon=True)

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread.start()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._thread.join(timeout_s)

    def check(self) -> Check:
        """Whether it consumes, and how far it is behind."""
        state = self._state
        if state.fault:
            return Check(ok=False, detail=state.fault)
        silent = time.monotonic() - state.last_seen
        if silent > SILENT_S:
            return Check(ok=False, detail=f"no sign of life for {silent:.0f} s")
        if self._rejects.slowed:
            places = ", ".join(str(partition) for partition in sorted(self._rejects.slowed))
            return Check(ok=False, detail=f"slowed by messages that cannot be used: partition {places}")
        lag = "lag unknown" if state.lag is None else f"{state.lag} messages behind"
        return Check(ok=True, detail=f"{state.partitions} partitions, {lag}")

    def run(self) -> None:
        """Consume until asked to stop.

        Raises:
            Stop: the handler said that the process cannot go on.
        """
        pause = 0.0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._session()
            except Stop:
                self._state.fault = "the consumer has stopped"
                raise
            except Exception as error:
                if time.monotonic() - began > LONGEST_PAUSE_S:
                    pause = 0.0
                pause = min(max(SHORTEST_PAUSE_S, 2 * pause), LONGEST_PAUSE_S)
                self._note(error)
                log.warning("consumer begins anew", topic=self._topic, error=self._state.fault, pause_s=pause)
                self._stop.wait(pause)

    def _session(self) -> None:
        """Consume until something is wrong with Kafka, or until the stop is asked for."""
        self._held_back = False
        consumer = make_consumer(
            self._bootstrap,
            self._subscription.group,
            queued_max_messages_kbytes=64 * 1024,
            fetch_wait_max_ms=100,
            **self._settings(),
        )
        try:
            consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)
            next_lag = 0.0
            while not self._stop.is_set():
                messages = self._take(consumer, POLL_S, self._subscription.at_most)
                if messages:
                    self._work(consumer, messages)
                self._resume_slowed(consumer)
                self._state.last_seen = time.monotonic()
                if self._state.last_seen >= next_lag:
                    self._measure(consumer)
                    next_lag = self._state.last_seen + LAG_EVERY_S
        finally:
            consumer.close()

    def _take(self, consumer: Consumer, timeout_s: float, at_most: int) -> list[RawMessage]:
        """The next messages: waits for the first, takes with it what has arrived already."""
        messages: list[object] = []
        size = 0
        while len(messages) < at_most and size < MAX_BYTES:
            message = consumer.poll(0.0 if messages else timeout_s)
            if message is None:
                break
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            messages.append(message)
            size += len(message)
        return received(messages)

    def _work(self, consumer: Consumer, messages: Sequence[RawMessage]) -> None:
        """Handle messages, however often it must be tried, and commit them; not if the stop is asked for meanwhile."""
        pause = 0.0
        while True:
            dead: list[DeadLetter] = []
            try:
                process(self._handler, messages, lambda message, why, dead=dead: dead.append(DeadLetter(message, why)))  # type: ignore[misc]
            except Retry as error:
                pause = min(max(SHORTEST_PAUSE_S, 2 * pause), LONGEST_PAUSE_S)
                self._note(error)
                CONSUMER_RETRIES.labels(self._subscription.topic.name).inc()
                log.warning("to be tried again", topic=self._topic, error=self._state.fault, pause_s=pause)
                if not self._hold(consumer, pause):
                    return
            else:
                break
        if dead and not self._bury(consumer, dead):
            return
        self._release(consumer)
        try:
            consumer.commit(offsets=following(messages), asynchronous=False)
        except KafkaException as error:
            log.warning("not committed; the messages come again", topic=self._topic, error=str(error))

    def _hold(self, consumer: Consumer, seconds: float) -> bool:
        """Wait in the group with nothing coming; false if the stop was asked for."""
        if not self._held_back:
            self._held_back = True
            consumer.pause(consumer.assignment())
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stop.is_set():
            message = consumer.poll(min(left, POLL_S))
            if message is not None and message.error() is None:  # was on its way when its partition was paused
                consumer.seek(TopicPartition(message.topic() or "", message.partition() or 0, message.offset() or 0))
            self._state.last_seen = time.monotonic()
        return not self._stop.is_set()

    def _release(self, consumer: Consumer) -> None:
        self._state.fault = None
        if self._held_back:
            self._held_back = False
            slowed = self._rejects.slowed
            consumer.resume([place for place in consumer.assignment() if place.partition not in slowed])

    def _bury(self, consumer: Consumer, letters: Sequence[DeadLetter]) -> bool:
        """Send dead letters; false if the stop came before Kafka had them all."""
        if not self._sender.send([outgoing(letter, self._prefix) for letter in letters], self._stop.is_set):
            return False
        now = time.monotonic()
        for letter in letters:
            partition, why = letter.message.partition(), letter.rejection
            DEAD_LETTERS.labels(self._subscription.topic.name, why.reason).inc()
            log.error(
                "message rejected",
                topic=letter.message.topic(),
                partition=partition,
                offset=letter.message.offset(),
                reason=why.reason,
                detail=why.detail,
            )
            if self._rejects.reject(partition, now):
                consumer.pause([TopicPartition(self._topic, partition)])
        return True

    def _resume_slowed(self, consumer: Consumer) -> None:
        if self._rejects.slowed and not self._held_back:
            ours = {place.partition for place in consumer.assignment()}
            ready = [partition for partition in self._rejects.ready(time.monotonic()) if partition in ours]
            consumer.resume([TopicPartition(self._topic, partition) for partition in ready])

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        consumer.incremental_assign(places)
        if self._held_back:
            consumer.pause(places)

    def _revoked(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        for place in places:
            self._rejects.forget(place.partition)

    def _note(self, error: Exception) -> None:
        said = str(error).splitlines()
        name = "" if isinstance(error, Retry) else f"{type(error).__name__}: "
        self._state.fault = f"{name}{said[0] if said else type(error).__name__}"

    def _measure(self, consumer: Consumer) -> None:
        assigned = consumer.assignment()
        self._state.partitions = len(assigned)
        if not assigned:
            self._state.fault = None if consumer.memberid() else "has not joined its group yet"
            self._state.lag = None
            return
        behind = 0
        for place in consumer.position(assigned):
            low, high = consumer.get_watermark_offsets(place, cached=True)
            if high >= 0:
                behind += high - max(place.offset, low, 0)
        self._state.fault, self._state.lag = None, behind
        CONSUMER_LAG.labels(self._subscription.topic.name, self._subscription.group).set(behind)
