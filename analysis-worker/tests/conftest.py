"""Fixtures of the worker's tests on real engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from worker_support import Results, Store, Worker

from passwatch.kafka import make_consumer, topic_name
from passwatch.mission import Mission, load_missions
from passwatch.tasks import declare_queues, make_celery
from passwatch.topics import RESULTS
from passwatch.victoria import VictoriaClient
from tests.support.free_port import free_port
from tests.support.management import Management


@pytest.fixture(scope="session")
def missions(missions_dir: Path) -> dict[str, Mission]:
    return load_missions(missions_dir)


@pytest.fixture
def store(victoria_url: str) -> Store:
    return Store(VictoriaClient(victoria_url))


@pytest.fixture
def tasks(rabbitmq_url: str, topic_prefix: str) -> Celery:
    """An application to send tasks with; the queues are declared."""
    app = make_celery(rabbitmq_url, topic_prefix)
    declare_queues(app, topic_prefix)
    return app


@pytest.fixture
def results(kafka_bootstrap: str, topic_prefix: str, unique: str) -> Iterator[Results]:
    consumer = make_consumer(kafka_bootstrap, f"{unique}-results")
    consumer.subscribe([topic_name(topic_prefix, RESULTS)])
    yield Results(consumer)
    consumer.close()


@pytest.fixture
def worker(engine_env: dict[str, str], topic_prefix: str, rabbitmq_url: str, tmp_path: Path) -> Iterator[Worker]:
    """The service, not started yet; stopped after the test."""
    shared = ("KAFKA_BOOTSTRAP", "VICTORIA_URL", "TRITON_URL", "MISSIONS_DIR")
    service = Worker(
        {
            **{f"PASSWATCH_{name}": engine_env[f"PASSWATCH_{name}"] for name in shared},
            "PASSWATCH_TOPIC_PREFIX": topic_prefix,
            "PASSWATCH_RABBITMQ_URL": rabbitmq_url,
            "PASSWATCH_HEALTH_PORT": str(free_port()),
            "PASSWATCH_LOG_FORMAT": "json",
        },
        tmp_path / "worker.log",
    )
    yield service
    if service.process is not None and service.process.poll() is None:
        service.kill()
    print(service.log.read_text()[-6000:] if service.log.exists() else "")  # noqa: T201 - shown if the test failed


@pytest.fixture
def rabbitmq_management(stack_info: dict[str, Any]) -> Management:
    """RabbitMQ's management of the stack that is used."""
    return Management(str(stack_info["urls"]["rabbitmq_management"]).rstrip("/"))
