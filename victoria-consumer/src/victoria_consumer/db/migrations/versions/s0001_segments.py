"""The segments of takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "storage"


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "segment",
        sa.Column("mission", sa.Text(), nullable=False),
        sa.Column("satellite_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("take", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False, comment="index of its first record"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False, comment="event time, ms"),
        sa.Column("last_time", sa.BigInteger(), nullable=False, comment="event time, ms"),
        sa.PrimaryKeyConstraint("mission", "satellite_id", "stream", "batch_id", "take", "first"),
        schema=SCHEMA,
        comment="consecutive records of a batch within a take",
    )
    op.create_index("segment_last_time", "segment", ["last_time"], schema=SCHEMA)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("segment", schema=SCHEMA)
