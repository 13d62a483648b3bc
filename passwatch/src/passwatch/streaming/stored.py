"""Reading the dead-letter topic, and replaying it into the topics that its messages came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from passwatch.kafka import group_name, make_consumer, make_producer, topic_name
from passwatch.streaming.dead_letters import REPLAYED, Label, original, parse
from passwatch.streaming.faults import Reject
from passwatch.streaming.messages import RawMessage, raw_headers
from passwatch.topics import DEAD_LETTERS

_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A dead letter, where it lies in the dead-letter topic, and when it came there (broker time, ms)."""

    partition: int
    offset: int
    time: int
    label: Label
    message: Message

    @property
    def satellite_id(self) -> str:
        """The message's key, which should be a satellite's id."""
        return (self.message.key() or b"").decode(errors="replace")

    @property
    def size(self) -> int:
        """Bytes of payload."""
        return len(self.message.value() or b"")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters are meant: by reason and by their place in the dead-letter topic; empty means all."""

    reasons: frozenset[str] = frozenset()
    places: tuple[tuple[int, int, int], ...] = ()
    """Partition, first offset, last offset (inclusive)."""

    def has(self, letter: StoredDeadLetter) -> bool:
        """Whether this dead letter is meant."""
        if self.reasons and letter.label.reason not in self.reasons:
            return False
        return not self.places or any(
            letter.partition == partition and first <= letter.offset <= last for partition, first, last in self.places
        )


def parse_places(text: str) -> tuple[int, int, int]:
    """One place or span of the dead-letter topic.

    >>> parse_places("2:17"), parse_places("0:5-9")
    ((2, 17, 17), (0, 5, 9))
    """
    partition, _, offsets = text.partition(":")
    first, dash, last = offsets.partition("-")
    try:
        place = int(partition), int(first), int(last if dash else first)
    except ValueError:
        raise ValueError(f"{text!r}: write partition:offset or partition:first-last") from None
    return place


ALL_OF_THEM = Selection()


def read(bootstrap: str, topic_prefix: str, selection: Selection = ALL_OF_THEM) -> Iterator[StoredDeadLetter]:
    """The dead letters that are there now, each rejected message once however often it was rejected.

    A message is rejected again when it is taken again, after a restart for example; the first one stands for all.

    Raises:
        KafkaException: the broker cannot be reached, or has no such topic.
    """
    topic = topic_name(topic_prefix, DEAD_LETTERS)
    consumer = make_consumer(bootstrap, group_name(topic_prefix, "dead-letters-reader"), enable_partition_eof=True)
    try:
        seen = set()
        for message in _all_messages(consumer, topic):
            label = _label(message)
            if label is None or label.origin in seen:
                continue
            seen.add(label.origin)
            letter = StoredDeadLetter(
                message.partition() or 0, message.offset() or 0, message.timestamp()[1], label, message
            )
            if selection.has(letter):
                yield letter
    finally:
        consumer.close()


def replay(bootstrap: str, letters: Iterable[StoredDeadLetter], on_sent: Callable[[StoredDeadLetter], None]) -> int:
    """Send the messages of dead letters to the topics they came from, as they were but for a header that marks them.

    Nothing is remembered of it: the letters stay, and a second replay sends them again, which stores nothing twice.
    Returns how many Kafka has acknowledged.

    Raises:
        KafkaException: one was refused; those before it may have been sent.
    """
    producer = make_producer(bootstrap)
    acknowledged = 0
    refused: list[KafkaError] = []

    def report(letter: StoredDeadLetter) -> Callable[[KafkaError | None, Message], None]:
        def delivered(error: KafkaError | None, _message: Message) -> None:
            nonlocal acknowledged
            if error is None:
                acknowledged += 1
                on_sent(letter)
            else:
                refused.append(error)

        return delivered

    for letter in letters:
        _send(producer, letter, report(letter))
        if refused:
            break
    producer.flush()
    if refused:
        raise KafkaException(refused[0])
    return acknowledged


def _label(message: Message) -> Label | None:
    """What a dead letter's headers say; None for a message that is none."""
    try:
        return parse(raw_headers(cast("RawMessage", message)))
    except Reject:
        return None


def _send(producer: Producer, letter: StoredDeadLetter, report: Callable[[KafkaError | None, Message], None]) -> None:
    mark = f"{letter.message.topic()}/{letter.partition}/{letter.offset}".encode()
    headers = [
        (name, value) for name, value in original(raw_headers(cast("RawMessage", letter.message))) if name != REPLAYED
    ]
    while True:
        try:
            producer.produce(
                letter.label.origin.topic,
                key=letter.message.key(),
                value=letter.message.value(),
                headers=[*headers, (REPLAYED, mark)],
                on_delivery=report,
            )
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def _all_messages(consumer: Consumer, topic: str) -> Iterator[Message]:
    """Everything between the ends of a topic as they are now."""
    known = consumer.list_topics(topic, timeout=_TIMEOUT_S).topics[topic]
    if known.error is not None:
        raise KafkaException(known.error)
    unread = set(known.partitions)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in unread])
    ends = {}
    for partition in unread:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_TIMEOUT_S)
        ends[partition] = high if high > low else 0
    unread = {partition for partition, end in ends.items() if end}
    while unread:
        for message in consumer.consume(500, timeout=0.2):
            partition = message.partition() or 0
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                unread.discard(partition)
                continue
            if (message.offset() or 0) < ends[partition]:
                yield message
            if (message.offset() or 0) >= ends[partition] - 1:
                unread.discard(partition)
