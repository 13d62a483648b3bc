"""The ledger: batches, record hashes, the outbox of tasks, partition clocks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "ledger"


def upgrade() -> None:
    """Apply it."""
    _batch()
    op.create_table(
        "record_hashes",
        sa.Column("batch_uid", sa.Uuid(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False, autoincrement=False, comment="of 1,024 records"),
        sa.Column("hashes", sa.LargeBinary(), nullable=False, comment="uint64 little-endian per record, 0: not seen"),
        sa.ForeignKeyConstraint(["batch_uid"], [f"{SCHEMA}.batch.batch_uid"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_uid", "block"),
        schema=SCHEMA,
        comment="a hash of every record's content",
    )
    # Hashes do not compress: trying to would cost time on every write.
    op.execute(f"ALTER TABLE {SCHEMA}.record_hashes ALTER COLUMN hashes SET STORAGE EXTERNAL")
    _task()
    op.create_table(
        "clock",
        sa.Column("partition", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("broker_time", sa.BigInteger(), nullable=False, comment="all telemetry up to here is stored, ms"),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("partition"),
        schema=SCHEMA,
        comment="how far the heartbeats of each telemetry partition have come",
    )


def _batch() -> None:
    jsonb = postgresql.JSONB
    op.create_table(
        "batch",
        sa.Column("batch_uid", sa.Uuid(), nullable=False),
        sa.Column("mission", sa.Text(), nullable=False),
        sa.Column("satellite_id", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False, comment="whose heartbeats are this batch's clock"),
        sa.Column("ranges", jsonb(), nullable=False, comment="[[first, count, first_time, last_time], ...]"),
        sa.Column("conflicts", jsonb(), nullable=False, comment="[[first, count], ...]"),
        sa.Column("marker", jsonb(), comment="[records, first_time, last_time, broker_time]"),
        sa.Column("last_activity", sa.BigInteger(), nullable=False, comment="broker time, ms"),
        sa.Column("open_since", sa.BigInteger(), comment="broker time of the earliest news no revision covers, ms"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="latest one judged, 0: none yet"),
        sa.Column("judged", jsonb(), comment="[records, conflicts, expected, whole] of the latest revision"),
        sa.Column(
            "due_at",
            sa.BigInteger(),
            comment="partition clock at which it closes, ms; 0: at once",
        ),
        sa.Column("traceparent", sa.Text(), comment="trace context of the latest news"),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("batch_uid"),
        schema=SCHEMA,
        comment="what is known of each batch",
    )
    op.create_index(
        "batch_due",
        "batch",
        ["partition", "due_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("batch_updated_at", "batch", ["updated_at"], schema=SCHEMA)


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("judgement_id", sa.Uuid(), nullable=False),
        sa.Column("batch_uid", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False, comment="JudgeTask"),
        sa.Column("traceparent", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), comment="RabbitMQ confirmed it; NULL: to be sent"),
        sa.Column("sends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), comment="its result was seen"),
        sa.ForeignKeyConstraint(["batch_uid"], [f"{SCHEMA}.batch.batch_uid"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("judgement_id"),
        sa.UniqueConstraint("seq"),
        schema=SCHEMA,
        comment="the outbox: one task per (batch, revision, subsystem)",
    )
    unfinished = "done_at IS NULL"
    op.create_index(
        "task_unsent", "task", ["seq"], schema=SCHEMA, postgresql_where=sa.text(f"sent_at IS NULL AND {unfinished}")
    )
    op.create_index("task_unfinished", "task", ["sent_at"], schema=SCHEMA, postgresql_where=sa.text(unfinished))
    op.create_index("task_batch", "task", ["batch_uid"], schema=SCHEMA)


def downgrade() -> None:
    """Take it back."""
    for table in ("clock", "task", "record_hashes", "batch"):
        op.drop_table(table, schema=SCHEMA)
