"""Readiness on real engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from operation_server.health import postgres
from operation_server.health.postgres import PostgresProbe

pytestmark = pytest.mark.engines


@pytest.fixture
def only_reads(module_database: Engine) -> Iterator[Engine]:
    """Connections to a database that answers questions, and takes no write."""
    engine = create_engine(module_database.url, connect_args={"options": "-c default_transaction_read_only=on"})
    yield engine
    engine.dispose()


def test_a_postgresql_that_takes_no_write_is_not_well(only_reads: Engine, module_database: Engine) -> None:
    """As one whose disk is full: it answers, and readiness must not be green."""
    assert PostgresProbe(module_database).check().detail.endswith("takes writes")
    with only_reads.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    with pytest.raises(SQLAlchemyError, match="read-only"):
        PostgresProbe(only_reads).check()


def test_nothing_of_the_write_stays(module_database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is asked, no table is left."""
    monkeypatch.setattr(postgres, "WRITE_EVERY_S", 0.0)
    probe = PostgresProbe(module_database)
    for _ in range(5):
        probe.check()
    with module_database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_class WHERE relname = 'write_probe'")).scalar_one() == 0
