"""Samples of a batch that were not stored, by channel."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; revisions from before have none on record."""
    op.execute("ALTER TABLE operation.revision ADD COLUMN rejected jsonb NOT NULL DEFAULT '[]'")
