"""How sure an event's score makes one."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Events from before have none."""
    op.execute("ALTER TABLE operation.event ADD COLUMN confidence double precision")
