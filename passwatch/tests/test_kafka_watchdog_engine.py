"""What the watchdog and the probe find out about a real Kafka behind a gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from passwatch import engine_probes
from passwatch.health import run_probes
from passwatch.kafka import topic_name
from passwatch.kafka_watchdog import kafka_answers
from passwatch.topics import TELEMETRY
from tests.support.gated_kafka import GatedKafka

pytestmark = pytest.mark.engines


@pytest.fixture
def gate(kafka_bootstrap: str) -> Iterator[GatedKafka]:
    gate = GatedKafka(kafka_bootstrap)
    yield gate
    gate.close()


def test_kafka_answers_only_if_a_new_client_is_told_of_a_broker(gate: GatedKafka) -> None:
    """A port that takes connections and answers nothing, and one that takes none, are no Kafka."""
    assert kafka_answers(gate.address)
    gate.shut()
    assert not kafka_answers(gate.address)
    assert not kafka_answers("127.0.0.1:1")


def test_the_probe_is_well_again_when_kafka_is(gate: GatedKafka, topic_prefix: str) -> None:
    """A probe that failed asks by a new client, and so finds a Kafka that is back."""
    probe = {"kafka": engine_probes.kafka(gate.address, topic_name(topic_prefix, TELEMETRY))}
    assert run_probes(probe)["kafka"].ok
    gate.shut()
    assert not run_probes(probe)["kafka"].ok
    gate.open()
    assert run_probes(probe)["kafka"].ok
