"""Series that come in pieces before their verdict, and verdicts that wait for them."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; their arrays are short-lived, so that compressing them is not worth its time."""
    op.execute(
        "CREATE TABLE operation.series_piece (judgement_id uuid NOT NULL, series_id uuid NOT NULL, "
        "channel text NOT NULL, piece integer NOT NULL, models text[] NOT NULL, times bytea NOT NULL, "
        "forecasts bytea NOT NULL, scores bytea NOT NULL, staged_at timestamptz NOT NULL DEFAULT clock_timestamp(), "
        "CONSTRAINT series_piece_pkey PRIMARY KEY (judgement_id, series_id, channel, piece))"
    )
    for column in ("times", "forecasts", "scores"):
        op.execute(f"ALTER TABLE operation.series_piece ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.execute("CREATE INDEX series_piece_staged ON operation.series_piece (staged_at)")
    op.execute(
        "CREATE TABLE operation.waiting_result (judgement_id uuid NOT NULL, series_id uuid NOT NULL, "
        "pieces bigint NOT NULL, body text NOT NULL, staged_at timestamptz NOT NULL DEFAULT clock_timestamp(), "
        "CONSTRAINT waiting_result_pkey PRIMARY KEY (judgement_id, series_id))"
    )
    op.execute("CREATE INDEX waiting_result_staged ON operation.waiting_result (staged_at)")
