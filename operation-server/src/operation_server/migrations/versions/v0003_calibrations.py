"""Calibrations, which of them are in force, and those that were asked for."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE operation.calibration (
        revision text PRIMARY KEY,
        mission text NOT NULL,
        satellite_id text,
        origin text NOT NULL,
        source text NOT NULL,
        models jsonb NOT NULL,
        channels integer NOT NULL,
        content json NOT NULL,
        first_time timestamptz,
        last_time timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    """
    COMMENT ON COLUMN operation.calibration.content IS
    'json, not jsonb: its revision is a hash of these very numbers'
    """,
    "CREATE INDEX calibration_scope ON operation.calibration (mission, satellite_id, created_at DESC)",
    """
    CREATE TABLE operation.calibration_activation (
        sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        mission text NOT NULL,
        satellite_id text,
        revision text REFERENCES operation.calibration (revision),
        cause text NOT NULL,
        change_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        published_at timestamptz
    )
    """,
    """
    COMMENT ON TABLE operation.calibration_activation IS
    'the latest of a scope is in force; without a revision a satellite is judged by its mission''s'
    """,
    """
    CREATE INDEX calibration_activation_scope
    ON operation.calibration_activation (mission, satellite_id, sequence DESC)
    """,
    """
    CREATE TABLE operation.calibration_fit (
        fit_id uuid PRIMARY KEY,
        mission text NOT NULL,
        satellite_id text,
        first_time timestamptz NOT NULL,
        last_time timestamptz NOT NULL,
        activate boolean NOT NULL,
        events integer NOT NULL,
        task jsonb NOT NULL,
        status text NOT NULL DEFAULT 'QUEUED',
        revision text REFERENCES operation.calibration (revision),
        error text,
        satellites text[],
        samples jsonb,
        skipped text[],
        submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        enqueued_at timestamptz,
        finished_at timestamptz
    )
    """,
    "CREATE INDEX calibration_fit_submitted ON operation.calibration_fit (submitted_at DESC, fit_id DESC)",
    "ALTER TABLE operation.judgement ADD COLUMN calibration_scope text",
)


def upgrade() -> None:
    """Make everything."""
    for statement in STATEMENTS:
        op.execute(statement)
