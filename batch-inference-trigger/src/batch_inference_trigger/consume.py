"""The main loop: from the progress topic into the ledger, one transaction a poll, offsets after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from sqlalchemy.exc import DataError, SQLAlchemyError

from batch_inference_trigger import metrics
from batch_inference_trigger.decode import Arrival, Heartbeat, Unreadable, decode
from batch_inference_trigger.ledger import Closed, Ledger
from batch_inference_trigger.messages import headers_of, next_offsets
from passwatch.failures import in_words
from passwatch.health import Check
from passwatch.signals import StopSignal

POLL_S = 0.5
AT_MOST = 500
"""Messages taken into one transaction."""
LONGEST_PAUSE_S = 5.0

log = structlog.get_logger()


class ProgressConsumer:
    """Reads the progress topic until it is asked to stop; ``on_closed`` is called after batches were closed."""

    def __init__(
        self, consumer: Consumer, topic: str, ledger: Ledger, on_closed: Callable[[], None], stop: StopSignal
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._ledger = ledger
        self._on_closed = on_closed
        self._stop = stop
        self._failure: str | None = None

    def run(self) -> None:
        """Read, take in, commit; returns when asked to stop. An unreachable ledger is waited for."""
        self._consumer.subscribe([self._topic], on_assign=self._on_assign)
        while not self._stop.is_set():
            messages = self._poll(POLL_S)
            if messages:
                self._handle(messages)

    def check(self) -> Check:
        """Whether what was read could be taken into the ledger."""
        return Check(ok=self._failure is None, detail=self._failure or "ok")

    def _poll(self, timeout_s: float) -> list[Message]:
        """What is there, without waiting for more of it than the first."""
        first = self._consumer.poll(timeout_s)
        if first is None:
            return []
        messages = [first, *self._consumer.consume(AT_MOST, timeout=0)]
        for message in messages:
            if message.error() is not None:
                log.warning("kafka", error=str(message.error()))
        return [message for message in messages if message.error() is None]

    def _handle(self, messages: list[Message]) -> None:
        """Take the messages in, however often it must be tried, and commit them."""
        pause = 0.1
        while True:
            try:
                self._absorb(messages)
                break
            except SQLAlchemyError as error:
                metrics.LEDGER_FAILURES.inc()
                self._failure = in_words(error)
                log.warning("the ledger does not answer; to be tried again", error=self._failure, pause_s=pause)
            if self._stop.is_set():
                return
            messages += self._rest(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
        self._resume()
        self._commit(next_offsets(messages))

    def _commit(self, offsets: list[TopicPartition]) -> None:
        try:
            if self._stop.is_set():
                self._consumer.commit(offsets=offsets, asynchronous=False)
            else:
                self._consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            log.warning("offsets not committed; the messages will come again and change nothing", error=str(error))

    def _rest(self, seconds: float) -> list[Message]:
        """Wait with all partitions paused, but go on polling: a silent consumer would be thrown out of its group."""
        if self._failure is not None:
            self._consumer.pause(self._consumer.assignment())
        return self._poll(seconds)

    def _resume(self) -> None:
        if self._failure is not None:
            self._failure = None
            self._consumer.resume(self._consumer.assignment())

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        if self._failure is not None:
            consumer.pause(partitions)

    def _absorb(self, messages: Sequence[Message]) -> None:
        """One transaction for all of them; if the database calls a value impossible, without the one that holds it."""
        arrivals, clocks = _sort(messages)
        try:
            with metrics.LEDGER_SECONDS.time():
                closed = self._ledger.absorb(arrivals, clocks)
        except DataError as error:
            if len(messages) > 1:
                half = len(messages) // 2
                self._absorb(messages[:half])
                self._absorb(messages[half:])
                return
            metrics.SKIPPED.inc()
            log.warning("skipped a message that the ledger cannot hold", error=str(error.orig), **_origin(messages[0]))
            return
        metrics.MESSAGES.labels(type="progress").inc(len(arrivals))
        for partition, clock in clocks.items():
            metrics.CLOCK_SECONDS.labels(partition=str(partition)).set(clock / 1000)
        _tell(closed)
        if closed:
            self._on_closed()


def _sort(messages: Sequence[Message]) -> tuple[list[Arrival], dict[int, int]]:
    """The progress among the messages, and the latest clock of each partition."""
    arrivals: list[Arrival] = []
    clocks: dict[int, int] = {}
    for message in messages:
        try:
            said = decode(message.value(), headers_of(message), message.partition() or 0)
        except Unreadable as error:
            metrics.SKIPPED.inc()
            log.warning("skipped an unreadable message", error=str(error), **_origin(message))
            continue
        if isinstance(said, Heartbeat):
            metrics.MESSAGES.labels(type="heartbeat").inc()
            clocks[said.partition] = max(said.broker_time, clocks.get(said.partition, 0))
        else:
            arrivals.append(said)
    return arrivals, clocks


def _tell(closed: Sequence[Closed]) -> None:
    for identity, batch, rule in closed:
        metrics.CLOSED.labels(rule=rule).inc()
        completeness = batch.completeness(rule)
        log.info(
            "batch closed",
            batch_uid=identity.batch_uid,
            satellite_id=identity.satellite_id,
            batch_id=identity.batch_id,
            mission=identity.mission,
            revision=batch.revision,
            rule=rule,
            records=completeness.records,
            expected=completeness.expected,
            conflicts=sum(span.count for span in completeness.conflicts),
        )


def _origin(message: Message) -> dict[str, object]:
    return {"topic": message.topic(), "partition": message.partition(), "offset": message.offset()}
