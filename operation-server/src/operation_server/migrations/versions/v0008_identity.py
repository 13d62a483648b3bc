"""The stream of a batch; records whose clock ran backwards, and markers that contradicted the one that holds."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what came before was realtime, and has neither on record."""
    op.execute("ALTER TABLE operation.batch ADD COLUMN stream text NOT NULL DEFAULT 'realtime'")
    op.execute("ALTER TABLE operation.revision ADD COLUMN repeated_times jsonb")
    op.execute("ALTER TABLE operation.revision ADD COLUMN other_markers jsonb NOT NULL DEFAULT '[]'")
