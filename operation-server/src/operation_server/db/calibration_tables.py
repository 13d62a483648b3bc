"""The tables of calibrations, as SQLAlchemy knows them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB, UUID

from operation_server.db.tables import metadata

NOW = text("clock_timestamp()")

calibration = Table(
    "calibration",
    metadata,
    Column("revision", Text, primary_key=True),
    Column("mission", Text, nullable=False),
    Column("satellite_id", Text),
    Column("origin", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("models", JSONB, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("content", JSON, nullable=False, comment="json, not jsonb: its revision is a hash of these very numbers"),
    Column("first_time", DateTime(timezone=True)),
    Column("last_time", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index("calibration_scope", "mission", "satellite_id", text("created_at DESC")),
)

calibration_activation = Table(
    "calibration_activation",
    metadata,
    Column("sequence", BigInteger, Identity(always=True), primary_key=True),
    Column("mission", Text, nullable=False),
    Column("satellite_id", Text),
    Column("revision", Text, ForeignKey(calibration.c.revision)),
    Column("cause", Text, nullable=False),
    Column("change_id", UUID(as_uuid=False), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("published_at", DateTime(timezone=True)),
    Index("calibration_activation_scope", "mission", "satellite_id", text("sequence DESC")),
    comment="the latest of a scope is in force; without a revision a satellite is judged by its mission's",
)

calibration_fit = Table(
    "calibration_fit",
    metadata,
    Column("fit_id", UUID(as_uuid=False), primary_key=True),
    Column("mission", Text, nullable=False),
    Column("satellite_id", Text),
    Column("first_time", DateTime(timezone=True), nullable=False),
    Column("last_time", DateTime(timezone=True), nullable=False),
    Column("activate", Boolean, nullable=False),
    Column("events", Integer, nullable=False),
    Column("task", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default="QUEUED"),
    Column("revision", Text, ForeignKey(calibration.c.revision)),
    Column("error", Text),
    Column("satellites", ARRAY(Text)),
    Column("samples", JSONB),
    Column("skipped", ARRAY(Text)),
    Column("submitted_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("enqueued_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Index("calibration_fit_submitted", text("submitted_at DESC"), text("fit_id DESC")),
)
