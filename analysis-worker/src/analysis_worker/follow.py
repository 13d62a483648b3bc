"""Follows the compacted topic of active calibrations, so that a worker needs no other service to know them.

Kafka's client fetches in the background; whoever asks takes what has come. Nothing is committed: every process reads
the topic from its beginning, which holds little more than one message of each mission or satellite.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from analysis_worker.calibrations import CalibrationBook, CalibrationsUnavailable, Chosen
from passwatch.contracts import ActiveCalibration
from passwatch.streaming.dead_letters import DeadLetter
from passwatch.streaming.faults import UNREADABLE, rejection_of
from passwatch.streaming.messages import RawMessage, Received, decode, kind_of, read_headers

PATIENCE_S = 10.0
AGAIN_S = 0.1
TRUST_S = 60.0
"""So long after the topic was last found to be read to its end, silence is taken to mean that nothing was said: a
client that has lost its brokers is silent too. The question may take as long as a fetch waits, half a second."""
NOT_YET = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)
"""What a client is told that has not learned yet who leads a partition."""
log = structlog.get_logger()


class CalibrationFollower:
    """A :class:`CalibrationBook` that is kept current. Not to be shared between threads.

    Its consumer is made anew after a failure: one that has lost all its brokers may not find them again by itself.
    """

    def __init__(
        self,
        make: Callable[[], Consumer],
        topic: str,
        partitions: int,
        book: CalibrationBook,
        reject: Callable[[DeadLetter], None],
        patience_s: float = PATIENCE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``make`` makes a consumer, whose group does not matter; ``reject`` keeps a message that cannot be used."""
        self._make, self._reject = make, reject
        self._patience_s = patience_s
        self._monotonic = monotonic
        self._parts = [TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)]
        self._book = book
        self._whole_at: float | None = None
        self._begin()

    def choose(self, mission: str, satellite_id: str) -> Chosen:
        """See :class:`analysis_worker.calibrations.CalibrationSource`; what Kafka has sent by now is known.

        Raises:
            CalibrationsUnavailable: the topic has not been read to its end yet, or not of late, and cannot be.
        """
        if self._whole_at is None or self._monotonic() - self._whole_at >= TRUST_S:
            self.catch_up()
        while (message := self._poll(0.0)) is not None:
            self._take(message)
        return self._book.choose(mission, satellite_id)

    def catch_up(self) -> None:
        """Read everything that was in the topic at the time of the call.

        Raises:
            CalibrationsUnavailable: Kafka did not answer in time.
        """
        try:
            self._read_all()
        except CalibrationsUnavailable:
            self.close()
            self._begin()
            raise
        self._whole_at = self._monotonic()

    def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()

    def _begin(self) -> None:
        """Read from the beginning, with a new consumer."""
        self._whole_at = None
        self._reached = {part.partition: 0 for part in self._parts}
        self._consumer = self._make()
        self._consumer.assign(self._parts)

    def _read_all(self) -> None:
        deadline = time.monotonic() + self._patience_s
        for part in self._parts:
            end = self._end(part, deadline)
            while self._reached[part.partition] < end:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise CalibrationsUnavailable(f"{part.topic} could not be read to its end")
                if (message := self._poll(left)) is not None:
                    self._take(message)

    def _end(self, part: TopicPartition, deadline: float) -> int:
        """The offset after the last message; 0 if there is none."""
        while True:
            try:
                low, high = self._consumer.get_watermark_offsets(part, timeout=self._patience_s)
            except KafkaException as error:
                cause = error.args[0]
                if cause.code() not in NOT_YET or time.monotonic() > deadline:
                    raise CalibrationsUnavailable(f"{part.topic}: {cause.str()}") from error
                time.sleep(AGAIN_S)
            else:
                return int(high) if low < high else 0

    def _poll(self, timeout_s: float) -> Message | None:
        """The next message; errors are the client's to get over, and are not waited for here."""
        message = self._consumer.poll(timeout_s)
        if message is not None and (error := message.error()) is not None:
            log.warning("calibrations: Kafka says", error=error.str())
            return None
        return message

    def _take(self, message: Message) -> None:
        self._reached[message.partition() or 0] = (message.offset() or 0) + 1
        if message.value() is None:
            return
        received = Received(cast("RawMessage", message))
        try:
            kind_of(read_headers(received), ActiveCalibration)
            active = decode(received, ActiveCalibration)
            self._book.take(active)
        except Exception as error:  # whatever one message does, the others hold
            self._reject(DeadLetter(received, rejection_of(error, UNREADABLE)))
        else:
            log.info("calibration in force", scope=active.key, revision=active.revision)
