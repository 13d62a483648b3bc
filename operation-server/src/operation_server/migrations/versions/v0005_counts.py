"""What the dashboard counts, beside the batches: a look at it reads one index instead of all batches and events."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE operation.batch ADD COLUMN critical_events integer NOT NULL DEFAULT 0",
    """
    UPDATE operation.batch SET critical_events = found.critical
    FROM (
        SELECT batch_uid, revision, count(*) AS critical FROM operation.event
        WHERE job_id IS NULL AND severity = 'critical' GROUP BY batch_uid, revision
    ) AS found
    WHERE batch.batch_uid = found.batch_uid AND batch.revision = found.revision
    """,
    """
    CREATE INDEX batch_counts ON operation.batch (status, verdict)
    INCLUDE (verdict_time, events, critical_events, received_records, judged_records)
    """,
)


def upgrade() -> None:
    """Count the critical events of the batches that are there, and make the index."""
    for statement in STATEMENTS:
        op.execute(statement)
