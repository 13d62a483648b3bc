"""Runs the migrations on the connection that the caller gives, in one transaction."""

from __future__ import annotations

from alembic import context

from operation_server.db.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
