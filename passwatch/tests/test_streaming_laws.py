"""The laws of every consumer, on real Kafka: what one message, one engine or one stop may do, and what it may not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from passwatch import headers
from passwatch.contracts import PartitionHeartbeat
from passwatch.kafka import make_producer, topic_name
from passwatch.signals import StopSignal
from passwatch.streaming.faults import Retry
from passwatch.streaming.handler import Handler
from passwatch.streaming.loop import ConsumerLoop, Subscription
from passwatch.streaming.messages import RawMessage, decode, kind_of, read_headers
from passwatch.streaming.rejects import RejectBudget
from passwatch.streaming.stored import StoredDeadLetter, read
from passwatch.topics import PROGRESS
from tests.support.raw_header import send_with_header
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines

GOOD_HEADERS = headers.make(PartitionHeartbeat, trace=False)


class Store:
    """What a handler writes into; away when it is told to be."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.away = False
        self.attempts = 0
        self.gate = threading.Event()
        self.gate.set()

    def write(self, items: Sequence[int]) -> None:
        self.gate.wait(60)
        self.attempts += 1
        if self.away:
            raise Retry("the store is away")
        if 666 in items:
            raise ZeroDivisionError("nobody thought of 666")
        self.written += items


def read_number(message: RawMessage) -> int:
    kind_of(read_headers(message), PartitionHeartbeat)
    return decode(message, PartitionHeartbeat).broker_time


class Bench:
    """A topic with one loop or several on it."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.bootstrap, self.prefix = bootstrap, prefix
        self.producer = make_producer(bootstrap)
        self.topic = topic_name(prefix, PROGRESS)
        self.group = prefix + "laws"

    def send(self, *numbers: int, partition: int = 0) -> None:
        for number in numbers:
            self.raw(b'{"partition": 0, "broker_time": %d}' % number, partition=partition)

    def raw(self, value: bytes | None, given: Sequence[tuple[str, bytes]] = GOOD_HEADERS, partition: int = 0) -> None:
        self.producer.produce(self.topic, value, partition=partition, headers=[*given])
        assert self.producer.flush(30) == 0

    @contextmanager
    def loop(self, store: Store, rejects: RejectBudget | None = None) -> Iterator[ConsumerLoop[int]]:
        stop = StopSignal()
        producer: Producer = make_producer(self.bootstrap)
        subscription = Subscription(PROGRESS, self.group)
        handler = Handler(read_number, store.write)
        made = ConsumerLoop(self.bootstrap, self.prefix, subscription, handler, producer, stop, rejects=rejects)
        made.start()
        try:
            yield made
        finally:
            stop.set()
            store.gate.set()
            made.join(60)

    def dead(self) -> list[StoredDeadLetter]:
        return list(read(self.bootstrap, self.prefix))

    def committed(self) -> int:
        """The committed offsets of all partitions, added up."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group})
        try:
            places = consumer.committed([TopicPartition(self.topic, p) for p in range(PROGRESS.partitions)], timeout=30)
        finally:
            consumer.close()
        return sum(max(place.offset, 0) for place in places)


@pytest.fixture
def bench(kafka_bootstrap: str, topic_prefix: str) -> Bench:
    return Bench(kafka_bootstrap, topic_prefix)


POISON: dict[str, Callable[[Bench], None]] = {
    "a header's name that is no UTF-8": lambda b: send_with_header(b.bootstrap, b.topic, b"\xff\xfe\x80", b"{}"),
    "no headers": lambda b: b.raw(b"{}", []),
    "another schema": lambda b: b.raw(b"{}", [(headers.TYPE, b"PartitionHeartbeat"), (headers.SCHEMA, b"7")]),
    "an unknown type": lambda b: b.raw(b"{}", [(headers.TYPE, b"Surprise"), (headers.SCHEMA, b"1")]),
    "no payload": lambda b: b.raw(None),
    "no JSON": lambda b: b.raw(b"{"),
    "deep nesting": lambda b: b.raw(b'{"partition":' + b"[" * 100_000),
    "deep nesting that ends": lambda b: b.raw(b"[" * 3_000 + b"]" * 3_000),
    "no UTF-8": lambda b: b.raw(b'{"partition": 0, "broker_time": "\xff\xfe"}'),
    "the year 285,000,000": lambda b: b.raw(b'{"partition": 0, "broker_time": 9000000000000000000}'),
    "a number beyond integers": lambda b: b.raw(b'{"partition": 0, "broker_time": 1e400}'),
    "what only writing it shows": lambda b: b.send(666),
    "traceparent with NUL": lambda b: b.raw(b"{", [*GOOD_HEADERS, ("traceparent", b"00-\x00")]),
}


@pytest.mark.parametrize("name", POISON)
def test_poison_is_a_dead_letter_and_its_neighbours_are_written(bench: Bench, name: str) -> None:
    """Between good messages, whatever is wrong with one."""
    store = Store()
    bench.send(1, 2)
    POISON[name](bench)
    bench.send(3, 4)
    with bench.loop(store):
        wait_for("the good ones are written", lambda: sorted(store.written) == [1, 2, 3, 4])
        (letter,) = wait_for("the poison is a dead letter", bench.dead)
        wait_for("all is committed", lambda: bench.committed() == 5)
    assert (letter.label.origin.topic, letter.label.origin.offset) == (bench.topic, 2)
    assert letter.label.reason
    assert letter.label.detail


def test_what_is_away_is_waited_for_and_nothing_is_committed(bench: Bench) -> None:
    """A store that is away costs no message: they are tried again until it is back."""
    store = Store()
    store.away = True
    bench.send(1, 2, 3)
    with bench.loop(store) as loop:
        wait_for("it tried again", lambda: store.attempts >= 3)
        assert "away" in loop.check().detail
        assert bench.committed() == 0
        bench.send(4)
        store.away = False
        wait_for("all are written", lambda: sorted(store.written) == [1, 2, 3, 4])
        wait_for("all is committed", lambda: bench.committed() == 4)
        wait_for("it says so", lambda: loop.check().ok)
    assert bench.dead() == []


def test_a_stop_amid_a_write_loses_nothing(bench: Bench) -> None:
    """What was written is committed; what was not comes again."""
    first, second = Store(), Store()
    first.gate.clear()
    first.away = True
    bench.send(*range(10))
    with bench.loop(first):
        pass
    assert (first.written, bench.committed()) == ([], 0)
    with bench.loop(second):
        wait_for("all are written", lambda: sorted(second.written) == list(range(10)))


def test_members_that_come_and_go_leave_nothing_out(bench: Bench) -> None:
    """Partitions move between two loops; each message is written at least once, and all are committed."""
    one, other = Store(), Store()
    with ExitStack() as stack:
        stack.enter_context(bench.loop(one))
        for number in range(0, 60, 2):
            bench.send(number, partition=number % PROGRESS.partitions)
        wait_for("the first ones are written", lambda: len(one.written) >= 10)
        with bench.loop(other):
            for number in range(1, 60, 2):
                bench.send(number, partition=number % PROGRESS.partitions)
            wait_for("all are written", lambda: set(one.written) | set(other.written) == set(range(60)))
        wait_for("all is committed", lambda: bench.committed() == 60)


def test_a_flood_of_poison_slows_its_partition_alone_and_ends_by_itself(bench: Bench) -> None:
    """Readiness says so meanwhile; another partition's messages are written at once."""
    store = Store()
    for _ in range(8):
        bench.raw(b"{")
    bench.send(1)
    with bench.loop(store, RejectBudget(4, 0.5)) as loop:
        wait_for("it is slowed", lambda: "slowed" in loop.check().detail)
        bench.send(2, partition=1)
        wait_for("the other partition goes on", lambda: 2 in store.written)
        wait_for("the good one behind the flood is written", lambda: 1 in store.written, 60)
        wait_for("all eight are dead letters", lambda: len(bench.dead()) == 8)
