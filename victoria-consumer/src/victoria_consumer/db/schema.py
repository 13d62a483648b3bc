"""The takes' schema in PostgreSQL, and the migrations that make it."""

from __future__ import annotations

from passwatch.schema import Schema
from victoria_consumer.db.tables import SCHEMA

STORAGE = Schema(SCHEMA, "victoria-consumer", "victoria_consumer.db.migrations")
