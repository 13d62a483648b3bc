"""The database schema: migrations, and the tables that the code believes in."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.schema import SchemaItem

from operation_server.alarms import tables as alarm_tables  # noqa: F401 - of the same metadata
from operation_server.dashboard import queries as dashboard
from operation_server.db.engine import make_engine
from operation_server.db.gate import SchemaGate, SchemaNotReady, require_schema
from operation_server.db.schema import OPERATION
from operation_server.db.tables import SCHEMA, metadata
from operation_server.search import postgres
from operation_server.search.index import SearchQuery

pytestmark = pytest.mark.engines


def _ours(_item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
    return not (kind == "table" and (name or "").startswith("channel_series_"))


def test_concurrent_migrations_all_succeed(postgres_dsn: str) -> None:
    """Servers that start at once migrate one after the other, and each finds the schema at its head."""
    engine = make_engine(postgres_dsn, "test", pool_size=8, statement_timeout_s=60)
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: OPERATION.migrate(engine), range(6)))
    assert sorted(before or "" for before, _ in results) == [""] + [OPERATION.head] * 5
    with engine.connect() as connection:
        assert OPERATION.current(connection) == OPERATION.head
    engine.dispose()


def test_a_look_at_the_version_says_nothing(postgres_dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    """Before and after the migrations the version is told without a line in the log: probes ask every few seconds."""
    engine = make_engine(postgres_dsn, "test", pool_size=2, statement_timeout_s=60)
    found = []
    with engine.connect() as connection, caplog.at_level(logging.INFO):
        found.append(OPERATION.current(connection))
        assert caplog.messages == []
        connection.rollback()
        OPERATION.migrate(engine)
        assert caplog.messages, "a migration is logged"
        caplog.clear()
        found.append(OPERATION.current(connection))
        assert caplog.messages == []
    assert found == [None, OPERATION.head]
    engine.dispose()


def test_the_gate_opens_with_the_schema_and_stays_open(postgres_dsn: str) -> None:
    """Threads wait for the schema that they need; once it was seen, the gate does not ask the database again."""
    engine = make_engine(postgres_dsn, "test", pool_size=2, statement_timeout_s=60)
    gate = SchemaGate(engine)
    with pytest.raises(SchemaNotReady, match=r"the schema is missing, .* run migrate"):
        gate.require()
    OPERATION.migrate(engine)
    gate.require()
    with engine.begin() as connection:
        connection.execute(text("UPDATE operation.alembic_version SET version_num = '0001'"))
    gate.require()
    with pytest.raises(SchemaNotReady, match="the schema is 0001"):
        require_schema(engine)
    engine.dispose()


def test_migrated_tables_are_those_of_the_code(postgres_dsn: str) -> None:
    """The migrations make exactly the tables, columns, types and indexes that the code declares."""
    engine = make_engine(postgres_dsn, "test", pool_size=2, statement_timeout_s=60)
    OPERATION.migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _parents: kind != "schema" or name == SCHEMA,
                "include_object": _ours,
                "version_table_schema": SCHEMA,
                "compare_type": True,
            },
        )
        assert compare_metadata(context, metadata) == []
        counts = connection.execute(
            text("SELECT operation.span_count('{[0,100),[50,200),[300,301)}'), operation.span_count('{}')")
        ).one()
    assert tuple(counts) == (201, 0)
    engine.dispose()


def migrated_to(engine: Engine, version: str, rows: str) -> None:
    """Bring an empty database to an older version, and put rows into it."""
    config = Config()
    config.set_main_option("script_location", str(files(OPERATION.migrations)))
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.execute(text(rows))
        connection.commit()


BEFORE_WORDS = """
    INSERT INTO operation.batch (batch_uid, batch_id, satellite_id, mission, last_time, revision, verdict, events)
    VALUES ('00000000-0000-0000-0000-0000000000ba', 'pass-1', 'SAT-001', 'default', '2026-01-02', 2, 'ANOMALY', 1);
    INSERT INTO operation.judgement SELECT
        ('00000000-0000-0000-0000-00000000000' || n)::uuid, '00000000-0000-0000-0000-0000000000ba', 'pass-1', NULL,
        'SAT-001', 'default', 'eps', n, 'ANOMALY', NULL, 0, NULL, NULL, NULL, '{}', NULL, NULL, NULL, 0, 0, NULL,
        now(), now(), now(), 0, 0, 0, now()
    FROM generate_series(1, 2) AS n;
    INSERT INTO operation.search_document SELECT
        ('00000000-0000-0000-0000-00000000001' || n)::uuid, 'event', ('00000000-0000-0000-0000-00000000000' || n)::uuid,
        '00000000-0000-0000-0000-0000000000ba', 'pass-1', NULL, 'SAT-001', 'default', 'eps', n, 'battery_temp',
        'ANOMALY', 'critical', '2026-01-01', 'battery_temp 41.2, revision ' || n, ''
    FROM generate_series(1, 2) AS n;
"""


BEFORE_COUNTS = """
    INSERT INTO operation.batch (batch_uid, batch_id, satellite_id, mission, received, latest_revision, revision,
        verdict, verdict_time, events)
    VALUES ('00000000-0000-0000-0000-0000000000ba', 'pass-1', 'SAT-001', 'default', '{[0,10)}', 2, 2, 'ANOMALY',
        now(), 3),
        ('00000000-0000-0000-0000-0000000000bb', 'pass-2', 'SAT-001', 'default', '{[0,20)}', 1, 1, 'NOMINAL',
        now() - interval '2 days', 0);
    INSERT INTO operation.judgement SELECT
        ('00000000-0000-0000-0000-00000000000' || n)::uuid, '00000000-0000-0000-0000-0000000000ba', 'pass-1', NULL,
        'SAT-001', 'default', 'eps', n, 'ANOMALY', NULL, 0, NULL, NULL, NULL, '{}', NULL, NULL, NULL, 0, 0, NULL,
        now(), now(), now(), 0, 0, 0, now()
    FROM generate_series(1, 2) AS n;
    INSERT INTO operation.event SELECT
        ('00000000-0000-0000-0000-0000000000' || revision || n)::uuid,
        ('00000000-0000-0000-0000-00000000000' || revision)::uuid, NULL, '00000000-0000-0000-0000-0000000000ba',
        'pass-1', 'SAT-001', 'default', 'eps', revision, 'channel_' || n, now(), now(), now(),
        CASE WHEN n > revision THEN 'critical' ELSE 'warning' END, 9, 4, 'vae_timeseries', 1, 41, 24, ''
    FROM generate_series(1, 2) AS revision, generate_series(1, 3) AS n;
"""


def test_an_older_databases_batches_are_counted_after_the_migration(postgres_dsn: str) -> None:
    """The dashboard counts what was there before its counts were kept: current revisions only, and the last day's."""
    engine = make_engine(postgres_dsn, "test", pool_size=2, statement_timeout_s=60)
    migrated_to(engine, "0004", BEFORE_COUNTS)
    OPERATION.migrate(engine)
    with engine.connect() as connection:
        found = dashboard.stats(connection)
        assert (found.batches, found.records, found.by_verdict) == (2, 30, {"ANOMALY": 1, "NOMINAL": 1})
        assert found.events == found.events_24h == {"warning": 2, "critical": 1}
    engine.dispose()


def test_batches_are_counted_from_their_index_alone(postgres_dsn: str) -> None:
    """What the dashboard counts over all batches is in one index, so that the batches themselves need not be read."""
    engine = make_engine(postgres_dsn, "test", pool_size=2, statement_timeout_s=60)
    OPERATION.migrate(engine)
    counts = dashboard.batch_counts(datetime(2026, 1, 1, tzinfo=UTC)).compile(
        engine, compile_kwargs={"literal_binds": True}
    )
    with engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        plan = "\n".join(connection.scalars(text(f"EXPLAIN {counts}")))
        connection.rollback()
    assert "Index Only Scan using batch_counts" in plan
    engine.dispose()


def test_an_older_databases_documents_are_found_after_the_migration(postgres_dsn: str) -> None:
    """Documents of before are found by their words, those of former revisions are not, and batches are there too."""
    engine = make_engine(postgres_dsn, "test", pool_size=2, statement_timeout_s=60)
    migrated_to(engine, "0001", BEFORE_WORDS)
    OPERATION.migrate(engine)
    with engine.connect() as connection:
        found = postgres.find(connection, SearchQuery(text="SAT-001 anomaly or 41.2"), None, 10)
        assert [(h.kind, h.text) for h in found] == [
            ("batch", "batch pass-1: ANOMALY, 1 events"),
            ("event", "battery_temp 41.2, revision 2"),
        ]
    engine.dispose()
