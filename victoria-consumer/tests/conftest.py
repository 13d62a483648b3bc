"""Fixtures of the consumer's tests on real engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from consumer_engines import PrivateVictoria, Station


@pytest.fixture
def station(kafka_bootstrap: str, topic_prefix: str, victoria_url: str, postgres_dsn: str) -> Iterator[Station]:
    station = Station(kafka_bootstrap, topic_prefix, victoria_url, postgres_dsn)
    yield station
    station.close()


@pytest.fixture
def private_victoria(tmp_path: Path) -> Iterator[PrivateVictoria]:
    victoria = PrivateVictoria(tmp_path / "victoria")
    victoria.start()
    yield victoria
    victoria.kill()


@pytest.fixture
def private_station(
    kafka_bootstrap: str, topic_prefix: str, private_victoria: PrivateVictoria, postgres_dsn: str
) -> Iterator[Station]:
    station = Station(kafka_bootstrap, topic_prefix, private_victoria.url, postgres_dsn)
    yield station
    station.close()
