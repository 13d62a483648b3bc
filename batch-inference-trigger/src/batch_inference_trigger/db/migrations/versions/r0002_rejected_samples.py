"""Samples that were not stored, by channel."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what came before has none on record."""
    op.execute("ALTER TABLE ledger.batch ADD COLUMN rejected jsonb NOT NULL DEFAULT '[]'")
    op.execute("COMMENT ON COLUMN ledger.batch.rejected IS '[[channel, reason, first, count], ...]'")
