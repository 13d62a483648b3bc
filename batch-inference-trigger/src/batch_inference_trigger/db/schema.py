"""The ledger's schema in PostgreSQL, and the migrations that make it."""

from __future__ import annotations

from batch_inference_trigger.db.tables import SCHEMA
from passwatch.schema import Schema

LEDGER = Schema(SCHEMA, "batch-inference-trigger", "batch_inference_trigger.db.migrations")
