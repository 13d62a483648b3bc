"""What Kafka holds that the stores do not have yet, as files; and back into empty topics.

Kept are, of each topic that is consumed into a store, the messages from the offset on up to which every group has
committed: what lies before it is in the store. Brought back into empty topics without any group's offsets, they are
all consumed again, and each consumer bears repetition. Topics that are stores themselves are kept whole.
"""

from __future__ import annotations

import gzip
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from passwatch.kafka import ensure_topics, make_consumer, make_producer
from passwatch.streaming.faults import Reject
from passwatch.streaming.messages import RawMessage, raw_headers
from passwatch.topics import ALL, DEAD_LETTERS, TELEMETRY
from passwatch_native.backup.manifest import BackupError

ANSWER_S = 30.0
SILENCE_S = 60.0
WHOLE = tuple(topic.name for topic in ALL if topic.name in (DEAD_LETTERS.name, "calibrations"))
"""Topics that no group takes over into a store."""
LATE = (TELEMETRY.name, DEAD_LETTERS.name)
"""Topics that stand before the storage of samples: read after its snapshot, so that nothing falls between the two."""
EARLY = tuple(topic.name for topic in ALL if topic.name not in LATE)
"""Topics that speak of samples which are stored: read before the snapshot, so that it has them all."""

_LOGGER = logging.getLogger("passwatch.backup.kafka")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False
QUIET: dict[str, Any] = {"logger": _LOGGER}
"""Kafka's client tells of a broker that is still starting; it is waited for, and a failure is told by its error."""

Offsets = Mapping[tuple[str, int], int]


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """A message as it is kept."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Kept)


def committed(bootstrap: str) -> Offsets:
    """Per partition the lowest offset that any group has committed."""
    admin = AdminClient({"bootstrap.servers": bootstrap, **QUIET})
    try:
        groups = [g.group_id for g in admin.list_consumer_groups(request_timeout=ANSWER_S).result().valid]
        lowest: dict[tuple[str, int], int] = {}
        for group in groups:
            asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=ANSWER_S)
            for partition in asked[group].result().topic_partitions or []:
                if partition.offset >= 0:
                    key = (partition.topic, partition.partition)
                    lowest[key] = min(lowest.get(key, partition.offset), partition.offset)
    except KafkaException as error:
        raise BackupError(f"Kafka at {bootstrap} does not answer: {error.args[0].str()}") from error
    return lowest


def keep(bootstrap: str, names: Sequence[str], offsets: Offsets, folder: Path) -> dict[str, int]:
    """Write what is in these topics now to one file each; returns the number of messages kept of each.

    Raises:
        BackupError: Kafka does not hand them over.
    """
    folder.mkdir(exist_ok=True)
    consumer = make_consumer(bootstrap, "passwatch-backup", **QUIET)
    kept = {}
    try:
        for name in names:
            with gzip.open(folder / f"{name}.messages.gz", "wb", compresslevel=3) as file:
                kept[name] = 0
                for message in _messages(consumer, name, {} if name in WHOLE else offsets):
                    one = _ENCODER.encode(_kept(message))
                    file.write(len(one).to_bytes(4, "big") + one)
                    kept[name] += 1
    except KafkaException as error:
        raise BackupError(f"Kafka does not hand over its messages: {error.args[0].str()}") from error
    finally:
        consumer.close()
    return kept


def _messages(consumer: Consumer, name: str, offsets: Offsets) -> Iterator[Message]:
    """The messages of a topic from these offsets on, or from its first one, to its present end."""
    described = consumer.list_topics(name, timeout=ANSWER_S).topics[name]
    ends, begins = {}, []
    for number in described.partitions:
        low, high = _bounds(consumer, name, number)
        begin = max(low, offsets.get((name, number), low))
        if begin < high:
            ends[number] = high
            begins.append(TopicPartition(name, number, begin))
    if not begins:
        return
    consumer.assign(begins)
    heard = time.monotonic()
    while ends:
        for partition in consumer.position([TopicPartition(name, number) for number in ends]):
            if partition.offset >= ends[partition.partition]:  # a compacted topic may end with a gap
                del ends[partition.partition]
        messages = consumer.consume(500, timeout=0.2)
        for message in messages:
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            number = message.partition() or 0
            if number in ends and (message.offset() or 0) < ends[number]:
                yield message
        heard = time.monotonic() if messages else heard
        if ends and time.monotonic() - heard > SILENCE_S:
            raise BackupError(f"Kafka has sent nothing of {name} for {SILENCE_S:.0f} s")
    consumer.unassign()


def _bounds(consumer: Consumer, name: str, number: int) -> tuple[int, int]:
    """The offsets of a partition's first message and after its last; waits for one that was made a moment ago."""
    deadline = time.monotonic() + ANSWER_S
    while True:
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=ANSWER_S)
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return low, high


def _kept(message: Message) -> Kept:
    try:
        given = raw_headers(cast("RawMessage", message))
    except Reject:
        given = []  # a message without them is rejected again for what it is, as it was with them
    return Kept(message.partition() or 0, _bytes(message.key()), _bytes(message.value()), given)


def _bytes(given: str | bytes | None) -> bytes | None:
    return given.encode() if isinstance(given, str) else given


def read(path: Path) -> Iterator[Kept]:
    """The messages of a file, in the order of each partition."""
    with gzip.open(path, "rb") as file:
        while size := file.read(4):
            yield _DECODER.decode(file.read(int.from_bytes(size, "big")))


def fill(bootstrap: str, folder: Path) -> int:
    """Create the topics, and put into them what was kept of each; returns how many messages.

    Raises:
        BackupError: a topic is not empty, or Kafka did not take a message.
    """
    held = {path.name.removesuffix(".messages.gz"): path for path in sorted(folder.glob("*.messages.gz"))}
    try:
        ensure_topics(bootstrap)
        _refuse_unless_empty(bootstrap, list(held))
    except KafkaException as error:
        raise BackupError(f"Kafka's topics cannot be filled: {error.args[0].str()}") from error
    producer = make_producer(bootstrap, **QUIET)
    failed: list[str] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error.str())

    sent = 0
    for name, path in held.items():
        for one in read(path):
            while True:
                try:
                    producer.produce(
                        name,
                        one.value,
                        key=one.key,
                        partition=one.partition,
                        headers=list[tuple[str, str | bytes | None]](one.headers),
                        on_delivery=delivered,
                    )
                    break
                except BufferError:
                    producer.poll(0.5)
            producer.poll(0)
            sent += 1
    if producer.flush(120) or failed:
        raise BackupError(f"Kafka did not take all messages: {failed[0] if failed else 'no answer'}")
    return sent


def _refuse_unless_empty(bootstrap: str, names: Sequence[str]) -> None:
    consumer = make_consumer(bootstrap, "passwatch-backup", **QUIET)
    try:
        for name in names:
            for number in consumer.list_topics(name, timeout=ANSWER_S).topics[name].partitions:
                if _bounds(consumer, name, number)[1] > 0:
                    raise BackupError(f"Kafka's topic {name} is not empty; --force removes what is there")
    finally:
        consumer.close()
