"""The ledger's tables, in a PostgreSQL schema that only the trigger writes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "ledger"

metadata = MetaData(schema=SCHEMA)

batch = Table(
    "batch",
    metadata,
    Column("batch_uid", Uuid(as_uuid=False), primary_key=True),
    Column("mission", Text, nullable=False),
    Column("satellite_id", Text, nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("stream", Text, nullable=False, server_default="realtime"),
    Column("partition", Integer, nullable=False, comment="whose heartbeats are this batch's clock"),
    Column("ranges", JSONB, nullable=False, comment="[[first, count, first_time, last_time, take], ...]"),
    Column("conflicts", JSONB, nullable=False, comment="[[first, count], ...]"),
    Column("rejected", JSONB, nullable=False, server_default="[]", comment="[[channel, reason, first, count], ...]"),
    Column("marker", JSONB(none_as_null=True), comment="[records, first_time, last_time, broker_time]"),
    Column("other_markers", JSONB, nullable=False, server_default="[]", comment="records that others announced"),
    Column("last_activity", BigInteger, nullable=False, comment="broker time, ms"),
    Column("open_since", BigInteger, comment="broker time of the earliest news no revision covers, ms"),
    Column("revision", Integer, nullable=False, comment="latest one judged, 0: none yet"),
    Column(
        "judged",
        JSONB(none_as_null=True),
        comment="[records, conflicts, expected, whole, other markers] of the latest revision",
    ),
    Column("due_at", BigInteger, comment="partition clock at which it closes, ms; 0: at once"),
    Column("traceparent", Text, comment="trace context of the latest news"),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="what is known of each batch",
)
Index("batch_due", batch.c.partition, batch.c.due_at, postgresql_where=batch.c.due_at.is_not(None))
Index("batch_updated_at", batch.c.updated_at)

record_hashes = Table(
    "record_hashes",
    metadata,
    Column("batch_uid", ForeignKey(batch.c.batch_uid, ondelete="CASCADE"), primary_key=True),
    Column("block", BigInteger, primary_key=True, comment="of 1,024 records"),
    Column("hashes", LargeBinary, nullable=False, comment="uint64 little-endian per record, 0: not seen"),
    comment="a hash of every record's content",
)

task = Table(
    "task",
    metadata,
    Column("seq", BigInteger, Identity(), nullable=False, unique=True),
    Column("judgement_id", Uuid(as_uuid=False), primary_key=True),
    Column("batch_uid", ForeignKey(batch.c.batch_uid, ondelete="CASCADE"), nullable=False),
    Column("payload", JSONB, nullable=False, comment="JudgeTask"),
    Column("traceparent", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("sent_at", DateTime(timezone=True), comment="RabbitMQ confirmed it; NULL: to be sent"),
    Column("sends", Integer, nullable=False, server_default="0"),
    Column("done_at", DateTime(timezone=True), comment="its result was seen"),
    comment="the outbox: one task per (batch, revision, subsystem)",
)
Index("task_unsent", task.c.seq, postgresql_where=task.c.sent_at.is_(None) & task.c.done_at.is_(None))
Index("task_unfinished", task.c.sent_at, postgresql_where=task.c.done_at.is_(None))
Index("task_batch", task.c.batch_uid)

clock = Table(
    "clock",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("broker_time", BigInteger, nullable=False, comment="all telemetry up to here is stored, ms"),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="how far the heartbeats of each telemetry partition have come",
)
