"""Messages that cannot be used are in the dead-letter topic, like those of every other consumer."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the table that kept them."""
    op.execute("DROP TABLE operation.rejected_message")
