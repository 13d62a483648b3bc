"""Publishes results: returns when Kafka has them, so that a task is acknowledged only after that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from passwatch import headers
from passwatch.contracts import CalibrationFit, SeriesPiece, SubsystemResult
from passwatch.series import ChannelSeries, pieces

DELIVERY_TIMEOUT_MS = 10_000
FLUSH_S = 12.0
UNCONFIRMED_BYTES = 8 * 1024 * 1024
"""After so many bytes of pieces their confirmation is waited for."""
Result = SubsystemResult | CalibrationFit
PERMANENT = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG)


class NotPublished(Exception):
    """Kafka did not take a result; trying again later may help."""


class ResultTooLarge(Exception):
    """Kafka will never take this result."""


class ResultPublisher:
    """Publishes each kind of result to its topic, with a producer of its own that is made anew after a failure: some
    of them are final.

    Not to be shared between processes.
    """

    def __init__(self, make: Callable[[], Producer], topics: Mapping[type[Result], str]) -> None:
        self._make = make
        self._topics = topics
        self._producer: Producer | None = None

    def publish(self, result: Result, series: Sequence[ChannelSeries] = ()) -> None:
        """Publish the series, then the result, and wait until all replicas have them.

        Raises:
            NotPublished: they were not confirmed; some or all may have arrived all the same.
            ResultTooLarge: it is larger than the topic allows.
        """
        if self._producer is None:
            self._producer = self._make()
        try:
            if isinstance(result, SubsystemResult) and result.series is not None:
                self._send(self._producer, result, pieces(result.judgement_id, result.series.series_id, series))
            self._send(self._producer, result, [result])
        except NotPublished:
            self._producer.purge()
            self._producer = None
            raise

    def _send(self, producer: Producer, result: Result, messages: Iterable[Result | SeriesPiece]) -> None:
        """Send messages of a result and wait for them; of a long series few pieces are in memory at a time."""
        failures: list[KafkaError] = []
        sent = confirmed = waiting_bytes = 0

        def on_delivery(error: KafkaError | None, _message: Message) -> None:
            nonlocal confirmed
            confirmed += 1
            failures.extend([error] if error is not None else [])

        def confirm() -> None:
            producer.flush(FLUSH_S)
            if failures:
                _raise(failures[0], failures[0].str())
            if confirmed < sent:
                raise NotPublished("no confirmation from Kafka")

        for message in messages:
            body = msgspec.json.encode(message)
            try:
                producer.produce(
                    self._topics[type(result)],
                    body,
                    key=result.satellite_id or result.mission,
                    headers=list(headers.make(type(message))),
                    on_delivery=on_delivery,
                )
            except (KafkaException, BufferError) as error:
                failure = error.args[0] if isinstance(error, KafkaException) else None
                _raise(failure, str(error))
            sent += 1
            waiting_bytes += len(body)
            if waiting_bytes > UNCONFIRMED_BYTES:
                confirm()
                waiting_bytes = 0
        confirm()


def _raise(error: KafkaError | None, text: str) -> None:
    if error is not None and error.code() in PERMANENT:
        raise ResultTooLarge(text)
    raise NotPublished(text)
