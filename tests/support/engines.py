"""Fixtures that hand real engines to tests, each test in its own corner of them.

A running stack is used if ``PASSWATCH_TEST_STACK`` names its folder; otherwise a stack of engines is started for
the session and stopped after it.
"""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
import sqlalchemy
from confluent_kafka.admin import AdminClient

from passwatch.kafka import ensure_topics, topic_name
from passwatch.topics import ALL

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def stack_dir() -> Iterator[Path]:
    """The folder of a running stack."""
    given = os.environ.get("PASSWATCH_TEST_STACK")
    if given:
        yield Path(given)
        return
    from passwatch_native.stack import Stack, free_port_base  # noqa: PLC0415 - only a session without a stack needs it

    with tempfile.TemporaryDirectory(prefix="pw-") as folder:
        stack = Stack(Path(folder), free_port_base())
        try:
            stack.up("engines")
            yield Path(folder)
        finally:
            stack.down()


@pytest.fixture(scope="session")
def stack_info(stack_dir: Path) -> dict[str, Any]:
    """What the stack says of itself: ``env`` and ``urls``."""
    info: dict[str, Any] = json.loads((stack_dir / "stack.json").read_text())
    return info


@pytest.fixture(scope="session")
def engine_env(stack_info: dict[str, Any]) -> dict[str, str]:
    """The ``PASSWATCH_*`` variables that lead to the engines."""
    return dict(stack_info["env"])


@pytest.fixture(scope="session")
def kafka_bootstrap(engine_env: dict[str, str]) -> str:
    """Kafka's bootstrap server."""
    return engine_env["PASSWATCH_KAFKA_BOOTSTRAP"]


@pytest.fixture(scope="session")
def victoria_url(engine_env: dict[str, str]) -> str:
    """VictoriaMetrics' base URL; tests keep apart by satellite ids of their own."""
    return engine_env["PASSWATCH_VICTORIA_URL"]


@pytest.fixture(scope="session")
def triton_url(engine_env: dict[str, str]) -> str:
    """Triton's gRPC address."""
    return engine_env["PASSWATCH_TRITON_URL"]


@pytest.fixture(scope="session")
def redis_url(engine_env: dict[str, str]) -> str:
    """The URL of Redis; tests keep apart by keys of their own."""
    return engine_env["PASSWATCH_REDIS_URL"]


@pytest.fixture(scope="session")
def missions_dir() -> Path:
    """The missions that are shipped."""
    return ROOT / "missions"


@pytest.fixture
def unique() -> str:
    """A word that no other test uses."""
    return "t" + uuid.uuid4().hex[:12]


@pytest.fixture
def topic_prefix(kafka_bootstrap: str, unique: str) -> Iterator[str]:
    """A prefix under which all topics exist, empty, until the test ends."""
    prefix = unique + "."
    ensure_topics(kafka_bootstrap, prefix)
    yield prefix
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    for future in admin.delete_topics([topic_name(prefix, topic) for topic in ALL]).values():
        future.result(timeout=30)


@pytest.fixture
def postgres_dsn(engine_env: dict[str, str], unique: str) -> Iterator[str]:
    """The DSN of an empty database, dropped after the test."""
    admin_url = sqlalchemy.make_url(engine_env["PASSWATCH_POSTGRES_DSN"])
    engine = sqlalchemy.create_engine(admin_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f'CREATE DATABASE "{unique}"'))
    yield admin_url.set(database=unique).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f'DROP DATABASE "{unique}" WITH (FORCE)'))


@pytest.fixture
def rabbitmq_url(stack_info: dict[str, Any], unique: str) -> Iterator[str]:
    """The URL of an empty virtual host, deleted after the test."""
    broker = urlsplit(stack_info["env"]["PASSWATCH_RABBITMQ_URL"])
    management = str(stack_info["urls"]["rabbitmq_management"]).rstrip("/")
    account = (broker.username or "", broker.password or "")
    vhost = f"{management}/api/vhosts/{unique}"
    requests.put(vhost, auth=account, timeout=10).raise_for_status()
    grant = {"configure": ".*", "write": ".*", "read": ".*"}
    permissions = f"{management}/api/permissions/{unique}/{quote(account[0])}"
    requests.put(permissions, auth=account, json=grant, timeout=10).raise_for_status()
    yield broker._replace(path=f"/{unique}").geturl()
    requests.delete(vhost, auth=account, timeout=10).raise_for_status()
