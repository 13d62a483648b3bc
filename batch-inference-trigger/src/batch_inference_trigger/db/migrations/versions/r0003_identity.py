"""The stream of a batch, markers that contradicted the one that holds, and the take of each range."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a batch is known by; what came before was realtime, and lies in the first take."""
    op.execute("ALTER TABLE ledger.batch ADD COLUMN stream text NOT NULL DEFAULT 'realtime'")
    op.execute("ALTER TABLE ledger.batch ADD COLUMN other_markers jsonb NOT NULL DEFAULT '[]'")
    op.execute("COMMENT ON COLUMN ledger.batch.other_markers IS 'records that others announced'")
    op.execute(
        "UPDATE ledger.batch SET ranges = coalesce("
        "(SELECT jsonb_agg(item || jsonb_build_array(0)) FROM jsonb_array_elements(ranges) AS item), '[]')"
    )
    op.execute(
        "COMMENT ON COLUMN ledger.batch.ranges IS '[[first, count, first_time, last_time, take], ...]'; "
        "COMMENT ON COLUMN ledger.batch.judged IS "
        "'[records, conflicts, expected, whole, other markers] of the latest revision'"
    )
