"""Where the partitions of the telemetry topic end, asked of the broker over a connection of its own.

A consumer's own connection would make the question wait behind its long poll, and the telemetry behind the question.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import ListOffsetsResultInfo, OffsetSpec

_TIMEOUT_S = 5.0


class TopicEnds:
    """Asks for the ends of partitions without waiting for the answer; one question is under way at a time."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._admin = self._connect()
        self._topic = topic
        self._futures: dict[TopicPartition, Future[ListOffsetsResultInfo]] = {}

    def _connect(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self._bootstrap, "log.connection.close": False})

    @property
    def asked(self) -> bool:
        """Whether a question is under way."""
        return bool(self._futures)

    def ask(self, partitions: Iterable[int]) -> None:
        """Ask for the offsets that the next messages of these partitions will get."""
        latest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        question = {TopicPartition(self._topic, partition): latest for partition in partitions}
        if question:
            self._futures = self._admin.list_offsets(question, request_timeout=_TIMEOUT_S)

    def answer(self) -> dict[int, int] | None:
        """The ends by partition, once; None while there is no answer.

        After a failure the next question goes over a new connection: after a restart of the broker the client would go
        on asking with the partition's former leader epoch, which the broker refuses for ever.

        Raises:
            KafkaException: the broker did not answer, or could not.
        """
        if not self._futures or not all(future.done() for future in self._futures.values()):
            return None
        futures, self._futures = self._futures, {}
        try:
            return {place.partition: future.result().offset for place, future in futures.items()}
        except KafkaException:
            self._admin = self._connect()
            raise
