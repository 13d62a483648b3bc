"""The worker follows the topic of active calibrations on a real Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import msgspec
import pytest
from confluent_kafka import Consumer, Producer

from analysis_worker.calibrations import CalibrationBook, CalibrationsUnavailable
from analysis_worker.follow import TRUST_S, CalibrationFollower
from detection.api import Calibration, empty_calibration
from detection.calibration import with_revision
from passwatch import headers
from passwatch.contracts import ActiveCalibration
from passwatch.kafka import make_consumer, make_producer, topic_name
from passwatch.streaming.dead_letters import DeadLetter
from passwatch.topics import CALIBRATIONS
from tests.support.gated_kafka import GatedKafka

SHIPPED = {"default": empty_calibration("default", 30_000)}
Follow = Callable[..., CalibrationFollower]


def calibration(source: str) -> Calibration:
    return with_revision(msgspec.structs.replace(SHIPPED["default"], source=source))


class Teller:
    """Says what is in force, as operation-server does."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self._producer, self._topic = producer, topic

    def say(self, satellite: str | None, content: Calibration | None) -> None:
        message = ActiveCalibration(
            mission="default",
            satellite_id=satellite,
            revision=None if content is None else content.revision,
            calibration=None if content is None else msgspec.to_builtins(content),
        )
        self.raw(message.key, msgspec.json.encode(message))

    def raw(self, key: str, value: bytes) -> None:
        named = list[tuple[str, str | bytes | None]](headers.make(ActiveCalibration))
        self._producer.produce(self._topic, value, key=key, headers=named)
        assert self._producer.flush(30) == 0


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def teller(kafka_bootstrap: str, topic_prefix: str) -> Teller:
    return Teller(make_producer(kafka_bootstrap), topic_name(topic_prefix, CALIBRATIONS))


@pytest.fixture
def rejected() -> list[DeadLetter]:
    """What the followers could not use."""
    return []


@pytest.fixture
def follow(topic_prefix: str, unique: str, rejected: list[DeadLetter]) -> Iterator[Follow]:
    """Makes followers of the test's topic."""
    with ExitStack() as stack:

        def made(
            bootstrap: str, patience_s: float = 30.0, monotonic: Callable[[], float] = time.monotonic
        ) -> CalibrationFollower:
            def make() -> Consumer:
                return make_consumer(bootstrap, f"{unique}-reads")

            topic, book = topic_name(topic_prefix, CALIBRATIONS), CalibrationBook(SHIPPED)
            follower = CalibrationFollower(
                make, topic, CALIBRATIONS.partitions, book, rejected.append, patience_s, monotonic
            )
            return stack.enter_context(closing(follower))

        yield made


@pytest.mark.engines
def test_all_that_was_said_is_known_at_the_first_question(
    kafka_bootstrap: str, teller: Teller, follow: Follow, rejected: list[DeadLetter]
) -> None:
    """A process that starts late judges by the last word on each satellite, and by nothing that was taken back."""
    for number in range(3):
        teller.say("SAT-1", calibration(f"try {number}"))
    teller.say("SAT-2", calibration("taken back"))
    teller.say("SAT-2", None)
    teller.raw("default/SAT-1", b"no message of ours")
    teller.raw("default/SAT-1", b"[" * 100_000)
    follower = follow(kafka_bootstrap)
    assert follower.choose("default", "SAT-1").calibration.source == "try 2"
    assert follower.choose("default", "SAT-2").calibration == SHIPPED["default"]
    assert len(rejected) == 2


@pytest.mark.engines
def test_after_catching_up_nothing_earlier_is_unknown(kafka_bootstrap: str, teller: Teller, follow: Follow) -> None:
    """What was said before a catch-up holds after it, every time; an empty topic is read at once."""
    follower = follow(kafka_bootstrap)
    assert follower.choose("default", "SAT-1").scope == "mission"
    for number in range(5):
        teller.say("SAT-1", calibration(f"said {number}"))
        follower.catch_up()
        assert follower.choose("default", "SAT-1").calibration.source == f"said {number}"


@pytest.mark.engines
def test_without_kafka_nothing_is_judged_by_guess(follow: Follow) -> None:
    """A process that could not read the topic yet does not take the shipped calibration for what is in force."""
    with pytest.raises(CalibrationsUnavailable):
        follow("127.0.0.1:9", 1.0).choose("default", "SAT-1")


@pytest.mark.engines
def test_silence_is_trusted_for_a_while_only(kafka_bootstrap: str, teller: Teller, follow: Follow) -> None:
    """A process that hears nothing from Kafka stops judging by what it knew, and goes on when Kafka is back."""
    gate, clock = GatedKafka(kafka_bootstrap), Clock()
    with closing(gate):
        teller.say("SAT-1", calibration("before"))
        follower = follow(gate.address, 5.0, clock)
        assert follower.choose("default", "SAT-1").calibration.source == "before"
        gate.shut()
        teller.say("SAT-1", calibration("after"))
        clock.now += TRUST_S - 1
        assert follower.choose("default", "SAT-1").calibration.source == "before"
        clock.now += 1
        with pytest.raises(CalibrationsUnavailable):
            follower.choose("default", "SAT-1")
        gate.open()
        assert follower.choose("default", "SAT-1").calibration.source == "after"
