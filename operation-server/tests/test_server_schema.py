"""The database schema: migrations, and the tables that the code believes in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.schema import SchemaItem

from operation_server.store.engine import make_engine
from operation_server.store.schema import current, head, migrate
from operation_server.store.tables import SCHEMA, metadata

pytestmark = pytest.mark.engines


def _ours(_item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
    return not (kind == "table" and (name or "").startswith("channel_series_"))


def test_concurrent_migrations_all_succeed(postgres_dsn: str) -> None:
    """Servers that start at once migrate one after the other, and each finds the schema at its head."""
    engine = make_engine(postgres_dsn, "test", pool_size=8, statement_timeout_s=60)
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: migrate(engine), range(6)))
    assert sorted(before or "" for before, _ in results) == [""] + [head()] * 5
    with engine.connect() as connection:
        assert current(connection) == head()
    engine.dispose()


def test_migrated_tables_are_those_of_the_code(postgres_dsn: str) -> None:
    """The migrations make exactly the tables, columns, types and indexes that the code declares."""
    engine = make_engine(postgres_dsn, "test", pool_size=2, statement_timeout_s=60)
    migrate(engine)
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
