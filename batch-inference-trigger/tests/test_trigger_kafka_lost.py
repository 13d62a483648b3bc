"""The trigger behind a gate to the real Kafka: when it ends to be started again, and when it waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from trigger_support import Bus, Queue, Trigger, progress

from passwatch.kafka_watchdog import CLIENT_ID, EX_SOFTWARE
from tests.support.gated_kafka import GatedKafka
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines

PATIENCE_S = "12"


@pytest.fixture
def gate(kafka_bootstrap: str) -> Iterator[GatedKafka]:
    gate = GatedKafka(kafka_bootstrap)
    yield gate
    gate.close()


@pytest.fixture
def running(trigger: Trigger, gate: GatedKafka, bus: Bus, queue: Queue) -> Trigger:
    """The trigger, which knows Kafka by the gate's address, after its first batch."""
    trigger.env |= {"PASSWATCH_KAFKA_BOOTSTRAP": gate.address, "PASSWATCH_KAFKA_PATIENCE_S": PATIENCE_S}
    trigger.start()
    bus.send(progress("S1", 0, 10, at=1_000, marker=10))
    queue.take(4)
    return trigger


def test_a_trigger_that_kafka_alone_does_not_answer_ends_and_goes_on_anew(
    running: Trigger, gate: GatedKafka, bus: Bus, queue: Queue
) -> None:
    """New clients are answered and its own are not: readiness says so, it ends with 70, and loses nothing anew."""
    process = running.process
    assert process is not None
    gate.shut(but_for=CLIENT_ID)
    bus.send(progress("S2", 0, 10, at=2_000, marker=10))
    wait_for("readiness says so", lambda: "no broker for" in str(running.health()), 60)
    assert wait_for("the trigger ends", process.poll, 60) == EX_SOFTWARE
    assert "lost its brokers for good" in running.log.read_text()
    gate.open()
    running.start()
    assert {task.satellite_id for task in queue.take(4)} == {"S2"}
    assert running.stop() == 0


def test_a_trigger_waits_for_a_kafka_that_answers_nobody(
    running: Trigger, gate: GatedKafka, bus: Bus, queue: Queue
) -> None:
    """However often it asked in vain, it goes on as the same process when Kafka answers again."""
    process = running.process
    assert process is not None
    gate.shut()
    bus.send(progress("S2", 0, 10, at=2_000, marker=10))
    wait_for("the watchdog asked again and again, longer than its patience", lambda: gate.asked[CLIENT_ID] >= 3, 60)
    assert process.poll() is None
    gate.open()
    assert {task.satellite_id for task in queue.take(4, 60)} == {"S2"}
    assert process.poll() is None
    assert running.stop() == 0
