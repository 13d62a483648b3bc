"""The tables as SQLAlchemy knows them; the migrations make them, and a test holds the two equal."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE, JSONB, TSVECTOR, UUID

SCHEMA = "operation"
metadata = MetaData(schema=SCHEMA)


def _time(name: str, *, needed: bool = False, now: bool = False) -> Column[object]:
    default = text("clock_timestamp()") if now else None
    return Column(name, DateTime(timezone=True), nullable=not (needed or now), server_default=default)


def _text(name: str, *, needed: bool = True) -> Column[object]:
    return Column(name, Text, nullable=not needed)


def _uid(name: str, *, needed: bool = False) -> Column[object]:
    return Column(name, UUID(as_uuid=False), nullable=not needed)


satellite = Table(
    "satellite",
    metadata,
    Column("satellite_id", Text, primary_key=True),
    Column("mission", Text, primary_key=True),
    _time("newest_sample"),
    Column(
        "version",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="rises with every verdict and every stored record of the satellite; part of the key of cached trends",
    ),
    _time("heard_at", now=True),
)

satellite_channel = Table(
    "satellite_channel",
    metadata,
    Column("satellite_id", Text, primary_key=True),
    Column("mission", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
)

batch = Table(
    "batch",
    metadata,
    Column("batch_uid", UUID(as_uuid=False), primary_key=True),
    _text("batch_id"),
    _text("satellite_id"),
    _text("mission"),
    _time("heard_at", now=True),
    Column("stream", Text, nullable=False, server_default="realtime"),
    Column("received", INT8MULTIRANGE, nullable=False, server_default=text("'{}'::int8multirange")),
    Column("received_records", BigInteger, Computed("operation.span_count(received)"), nullable=False),
    _time("first_time"),
    _time("last_time"),
    _time("marker_time"),
    Column("expected", BigInteger),
    Column("latest_revision", Integer),
    Column("revision", Integer),
    Column("verdict", Text, nullable=False, server_default="PENDING"),
    _text("rule", needed=False),
    Column("judged_records", BigInteger),
    Column("completeness", Double),
    _time("verdict_time"),
    Column("seconds_to_verdict", Double),
    Column("events", Integer, nullable=False, server_default="0"),
    Column("worst_channels", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("status", Text, Computed("see the migration"), nullable=False),
    Column("critical_events", Integer, nullable=False, server_default="0"),
    Index("batch_heard", text("heard_at DESC"), text("batch_uid DESC")),
    Index("batch_satellite_heard", "satellite_id", text("heard_at DESC"), text("batch_uid DESC")),
    Index("batch_satellite_time", "satellite_id", "mission", "last_time"),
    Index("batch_batch_id", "batch_id"),
    Index(
        "batch_counts",
        "status",
        "verdict",
        postgresql_include=["verdict_time", "events", "critical_events", "received_records", "judged_records"],
    ),
)

revision = Table(
    "revision",
    metadata,
    Column("batch_uid", UUID(as_uuid=False), ForeignKey(batch.c.batch_uid, ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("subsystems", ARRAY(Text), nullable=False),
    _text("rule"),
    Column("expected", BigInteger),
    Column("records", BigInteger, nullable=False),
    Column("unexpected", BigInteger, nullable=False),
    Column("missing", JSONB, nullable=False),
    Column("conflicts", JSONB, nullable=False),
    Column("rejected", JSONB, nullable=False, server_default="[]"),
    Column("repeated_times", JSONB(none_as_null=True)),
    Column("other_markers", JSONB, nullable=False, server_default="[]"),
    Column("ranges", JSONB, nullable=False),
    Column("completeness", Double),
    _time("first_time"),
    _time("last_time"),
    _time("marker_time"),
    Column("complete", Boolean, nullable=False, server_default=text("false")),
    Column("verdict", Text, nullable=False, server_default="PENDING"),
    _time("verdict_time"),
    Column("seconds_to_verdict", Double),
    Index("revision_verdict_time", "verdict_time"),
)

job = Table(
    "job",
    metadata,
    Column("job_id", UUID(as_uuid=False), primary_key=True),
    _text("idempotency_key", needed=False),
    _text("request_hash"),
    _text("satellite_id"),
    _text("mission"),
    Column("batch_uid", UUID(as_uuid=False), ForeignKey(batch.c.batch_uid, ondelete="CASCADE")),
    _time("first_time", needed=True),
    _time("last_time", needed=True),
    _text("model", needed=False),
    Column("subsystems", ARRAY(Text), nullable=False),
    Column("tasks", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default="QUEUED"),
    Column("verdict", Text, nullable=False, server_default="PENDING"),
    _time("submitted_at", now=True),
    _time("enqueued_at"),
    _time("finished_at"),
    UniqueConstraint("idempotency_key", name="job_idempotency_key_key"),
    Index("job_submitted", text("submitted_at DESC"), text("job_id DESC")),
    Index("job_unsent", "submitted_at", postgresql_where=text("enqueued_at IS NULL")),
)

judgement = Table(
    "judgement",
    metadata,
    Column("judgement_id", UUID(as_uuid=False), primary_key=True),
    Column("batch_uid", UUID(as_uuid=False), ForeignKey(batch.c.batch_uid, ondelete="CASCADE")),
    _text("batch_id", needed=False),
    Column("job_id", UUID(as_uuid=False), ForeignKey(job.c.job_id, ondelete="CASCADE")),
    _text("satellite_id"),
    _text("mission"),
    _text("subsystem"),
    Column("revision", Integer, nullable=False),
    _text("verdict"),
    _text("reason", needed=False),
    Column("events", Integer, nullable=False),
    _time("first_time"),
    _time("last_time"),
    _time("marker_time"),
    Column("models", JSONB, nullable=False),
    _text("calibration", needed=False),
    _text("mission_revision", needed=False),
    _text("input_hash", needed=False),
    Column("history_samples", BigInteger),
    Column("history_required", BigInteger),
    _text("code_version", needed=False),
    _text("calibration_scope", needed=False),
    _time("requested_at", needed=True),
    _time("started_at", needed=True),
    _time("finished_at", needed=True),
    Column("read_s", Double, nullable=False),
    Column("forecast_s", Double, nullable=False),
    Column("score_s", Double, nullable=False),
    Column("stored_on", Date, nullable=False),
    _time("committed_at", now=True),
    Index("judgement_once", "batch_uid", "revision", "subsystem", unique=True, postgresql_where=text("job_id IS NULL")),
    Index("judgement_committed", text("committed_at DESC"), text("judgement_id DESC")),
    Index("judgement_job", "job_id", postgresql_where=text("job_id IS NOT NULL")),
)

judgement_channel = Table(
    "judgement_channel",
    metadata,
    Column(
        "judgement_id", UUID(as_uuid=False), ForeignKey(judgement.c.judgement_id, ondelete="CASCADE"), primary_key=True
    ),
    Column("channel", Text, primary_key=True),
    _text("verdict"),
    Column("samples", BigInteger, nullable=False),
    Column("expected", BigInteger, nullable=False),
    Column("score", Double),
    Column("threshold", Double),
    _text("note", needed=False),
)

channel_series = Table(
    "channel_series",
    metadata,
    Column("judgement_id", UUID(as_uuid=False), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("stored_on", Date, primary_key=True),
    Column("times", ARRAY(BigInteger), nullable=False),
    Column("models", ARRAY(Text), nullable=False),
    Column("forecasts", ARRAY(Double), nullable=False),
    Column("scores", ARRAY(Double), nullable=False),
    comment="forecasts is models x times; NaN stands for a missing value; stored_on is the day (UTC) of the verdict",
)

series_piece = Table(
    "series_piece",
    metadata,
    Column("judgement_id", UUID(as_uuid=False), primary_key=True),
    Column("series_id", UUID(as_uuid=False), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("piece", Integer, primary_key=True, autoincrement=False),
    Column("models", ARRAY(Text), nullable=False),
    Column("times", LargeBinary, nullable=False),
    Column("forecasts", LargeBinary, nullable=False),
    Column("scores", LargeBinary, nullable=False),
    _time("staged_at", now=True),
    Index("series_piece_staged", "staged_at"),
)

waiting_result = Table(
    "waiting_result",
    metadata,
    Column("judgement_id", UUID(as_uuid=False), primary_key=True),
    Column("series_id", UUID(as_uuid=False), primary_key=True),
    Column("pieces", BigInteger, nullable=False),
    _text("body"),
    _time("staged_at", now=True),
    Index("waiting_result_staged", "staged_at"),
)

event = Table(
    "event",
    metadata,
    Column("event_id", UUID(as_uuid=False), primary_key=True),
    Column(
        "judgement_id", UUID(as_uuid=False), ForeignKey(judgement.c.judgement_id, ondelete="CASCADE"), nullable=False
    ),
    _uid("job_id"),
    _uid("batch_uid"),
    _text("batch_id", needed=False),
    _text("satellite_id"),
    _text("mission"),
    _text("subsystem"),
    Column("revision", Integer, nullable=False),
    _text("channel"),
    _time("start_time", needed=True),
    _time("end_time", needed=True),
    _time("peak_time", needed=True),
    _text("severity"),
    Column("score", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    _text("detector"),
    Column("share", Double, nullable=False),
    Column("value", Double),
    Column("forecast", Double),
    _text("explanation"),
    _time("found_at", now=True),
    Column("confidence", Double),
    Index("event_start", text("start_time DESC"), text("event_id DESC")),
    Index("event_channel", "satellite_id", "channel", "start_time"),
    Index("event_judgement", "judgement_id"),
    Index("event_batch", "batch_uid", "revision"),
)

search_change = Sequence("search_change", metadata=metadata)

search_document = Table(
    "search_document",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    _text("kind"),
    Column("judgement_id", UUID(as_uuid=False), ForeignKey(judgement.c.judgement_id, ondelete="CASCADE")),
    _uid("batch_uid"),
    _text("batch_id", needed=False),
    _uid("job_id"),
    _text("satellite_id"),
    _text("mission"),
    _text("subsystem", needed=False),
    Column("revision", Integer, nullable=False),
    _text("channel", needed=False),
    _text("verdict"),
    _text("severity", needed=False),
    _time("at", needed=True),
    _text("body"),
    Column("words", ARRAY(Text), nullable=False),
    Column("places", TSVECTOR, Computed("operation.places(words)", persisted=True), nullable=False),
    Column("shown", Boolean, nullable=False, server_default=text("false")),
    Column("change", BigInteger),
    Index("search_places", "places", postgresql_using="gin", postgresql_where=text("shown")),
    Index("search_at", text("at DESC"), text("id DESC"), postgresql_where=text("shown")),
    Index("search_judgement", "judgement_id"),
    Index("search_batch", "batch_uid"),
    Index("search_change_order", "change", unique=True),
)

search_index = Table(
    "search_index",
    metadata,
    _text("name"),
    Column("position", BigInteger, nullable=False),
)

live_event = Table(
    "live_event",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    _text("kind"),
    _text("data"),
    _time("at", now=True),
    Index("live_event_at", "at"),
)
