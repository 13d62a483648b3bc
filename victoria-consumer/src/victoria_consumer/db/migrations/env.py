"""Runs the migrations on the connection that :mod:`passwatch.schema` holds."""

from __future__ import annotations

from alembic import context

from victoria_consumer.db.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
context.run_migrations()
