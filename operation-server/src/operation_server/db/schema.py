"""The server's schema in PostgreSQL, and the migrations that make it."""

from __future__ import annotations

from operation_server.db.tables import SCHEMA
from passwatch.schema import Schema

OPERATION = Schema(SCHEMA, "operation-server", "operation_server.migrations")
