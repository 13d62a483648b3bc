"""The service on real Kafka: from a chunk of telemetry to findings, and past what cannot be read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from limit_monitor.service import serve
from limit_monitor.settings import Settings
from passwatch import headers
from passwatch.contracts import LimitFinding, TelemetryChunk
from passwatch.kafka import ensure_topics, make_consumer, make_producer, topic_name
from passwatch.mission import load_missions
from passwatch.signals import StopSignal
from passwatch.topics import LIMIT_FINDINGS, TELEMETRY
from tests.support.free_port import free_port
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines


@pytest.fixture
def monitor(kafka_bootstrap: str, topic_prefix: str, missions_dir: Path) -> Iterator[Settings]:
    """The service, running in a thread until the test ends."""
    ensure_topics(kafka_bootstrap, topic_prefix)
    given: dict[str, Any] = {"kafka_bootstrap": kafka_bootstrap, "topic_prefix": topic_prefix}
    settings = Settings(**given, missions_dir=missions_dir, health_port=free_port())
    stop = StopSignal()
    thread = threading.Thread(target=serve, args=(settings, load_missions(missions_dir), stop), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{settings.health_port}"

    def ready() -> bool:
        try:
            return httpx.get(f"{url}/health/ready").status_code == 200
        except httpx.HTTPError:
            return False

    wait_for("readiness", ready)
    yield settings
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def findings(settings: Settings, count: int) -> list[LimitFinding]:
    """The first findings that were published."""
    consumer = make_consumer(settings.kafka_bootstrap, settings.topic_prefix + "reader")
    consumer.subscribe([topic_name(settings.topic_prefix, LIMIT_FINDINGS)])
    found: list[LimitFinding] = []

    def all_there() -> bool:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append(msgspec.json.decode(message.value() or b"", type=LimitFinding))
        return len(found) >= count

    wait_for(f"{count} findings", all_there)
    consumer.close()
    return found


def send(settings: Settings, temps: list[float | None], minute: int, **other: Any) -> None:
    """Send records of one satellite, a second apart."""
    begin = (int(time.time()) - 3600 + minute * 60) * 1000
    fields: dict[str, Any] = {"mission": "default", "satellite_id": "SAT-1", "batch_id": "pass-1", "first_index": 0}
    chunk = TelemetryChunk(
        timestamps=[begin + n * 1000 for n in range(len(temps))], channels={"battery_temp": temps}, **(fields | other)
    )
    producer = make_producer(settings.kafka_bootstrap)
    topic = topic_name(settings.topic_prefix, TELEMETRY)
    producer.produce(topic, b"{not json", key="SAT-1", headers=list(headers.make(TelemetryChunk)))
    producer.produce(topic, msgspec.json.encode(chunk), key="SAT-1", headers=list(headers.make(TelemetryChunk)))
    assert producer.flush(10) == 0


def test_a_violation_is_told_while_the_pass_goes_on(monitor: Settings) -> None:
    """What breaks a limit is told before the batch is over, its end when it comes; a bad message harms nothing."""
    send(monitor, [20.0, 21.0, 90.0], 0)
    (first,) = findings(monitor, 1)
    assert (first.channel, first.severity, first.ongoing, first.value) == ("battery_temp", "critical", True, 90.0)
    send(monitor, [20.0, 21.0], 1)
    begun, ended = findings(monitor, 2)
    assert begun == first
    assert (ended.finding_id, ended.ongoing) == (first.finding_id, False)
