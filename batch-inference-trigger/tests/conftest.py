"""Fixtures of the trigger's tests on real engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from trigger_support import Bus, Queue, Trigger

from batch_inference_trigger.app import make_engine
from batch_inference_trigger.db.schema import LEDGER
from passwatch.kafka import make_producer
from passwatch.tasks import make_celery
from tests.support.free_port import free_port
from tests.support.management import Management


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[Engine]:
    """A database with the ledger's schema."""
    engine = make_engine(postgres_dsn)
    LEDGER.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def bus(kafka_bootstrap: str, topic_prefix: str) -> Bus:
    return Bus(topic_prefix, make_producer(kafka_bootstrap))


@pytest.fixture
def queue(rabbitmq_url: str, topic_prefix: str) -> Queue:
    return Queue(make_celery(rabbitmq_url, topic_prefix), topic_prefix)


@pytest.fixture
def trigger_env(
    kafka_bootstrap: str, topic_prefix: str, postgres_dsn: str, rabbitmq_url: str, missions_dir: Path
) -> dict[str, str]:
    return {
        "PASSWATCH_KAFKA_BOOTSTRAP": kafka_bootstrap,
        "PASSWATCH_TOPIC_PREFIX": topic_prefix,
        "PASSWATCH_POSTGRES_DSN": postgres_dsn,
        "PASSWATCH_RABBITMQ_URL": rabbitmq_url,
        "PASSWATCH_MISSIONS_DIR": str(missions_dir),
        "PASSWATCH_HEALTH_PORT": str(free_port()),
        "PASSWATCH_LOG_FORMAT": "json",
    }


@pytest.fixture
def trigger(trigger_env: dict[str, str], tmp_path: Path, database: Engine) -> Iterator[Trigger]:
    """The service, not started yet; stopped after the test."""
    assert database is not None
    service = Trigger(trigger_env, tmp_path / "trigger.log")
    yield service
    if service.process is not None and service.process.poll() is None:
        service.kill()
    print(service.log.read_text()[-4000:] if service.log.exists() else "")  # noqa: T201 - shown if the test failed


@pytest.fixture
def rabbitmq_management(stack_info: dict[str, Any]) -> Management:
    """RabbitMQ's management of the stack that is used."""
    return Management(str(stack_info["urls"]["rabbitmq_management"]).rstrip("/"))
