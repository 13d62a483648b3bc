"""Batches, revisions, judgements, events, series, jobs and the live stream."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE FUNCTION operation.span_count(spans int8multirange) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum(upper(span) - lower(span)), 0)::bigint FROM unnest(spans) AS span)
    """,
    """
    CREATE TABLE operation.satellite (
        satellite_id text NOT NULL,
        mission text NOT NULL,
        newest_sample timestamptz,
        version bigint NOT NULL DEFAULT 0,
        heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (satellite_id, mission)
    )
    """,
    """
    COMMENT ON COLUMN operation.satellite.version IS
    'rises with every verdict and every stored record of the satellite; part of the key of cached trends'
    """,
    """
    CREATE TABLE operation.satellite_channel (
        satellite_id text NOT NULL,
        mission text NOT NULL,
        channel text NOT NULL,
        PRIMARY KEY (satellite_id, mission, channel)
    )
    """,
    """
    CREATE TABLE operation.batch (
        batch_uid uuid PRIMARY KEY,
        batch_id text NOT NULL,
        satellite_id text NOT NULL,
        mission text NOT NULL,
        heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        received int8multirange NOT NULL DEFAULT '{}',
        received_records bigint NOT NULL GENERATED ALWAYS AS (operation.span_count(received)) STORED,
        first_time timestamptz,
        last_time timestamptz,
        marker_time timestamptz,
        expected bigint,
        latest_revision integer,
        revision integer,
        verdict text NOT NULL DEFAULT 'PENDING',
        rule text,
        judged_records bigint,
        completeness double precision,
        verdict_time timestamptz,
        seconds_to_verdict double precision,
        events integer NOT NULL DEFAULT 0,
        worst_channels jsonb NOT NULL DEFAULT '[]',
        status text NOT NULL GENERATED ALWAYS AS (
            CASE
                WHEN revision = latest_revision THEN 'JUDGED'
                WHEN latest_revision IS NOT NULL THEN 'JUDGING'
                WHEN marker_time IS NOT NULL AND operation.span_count(received) >= expected THEN 'JUDGING'
                ELSE 'RECEIVING'
            END
        ) STORED
    )
    """,
    "CREATE INDEX batch_heard ON operation.batch (heard_at DESC, batch_uid DESC)",
    "CREATE INDEX batch_satellite_heard ON operation.batch (satellite_id, heard_at DESC, batch_uid DESC)",
    "CREATE INDEX batch_satellite_time ON operation.batch (satellite_id, mission, last_time)",
    "CREATE INDEX batch_batch_id ON operation.batch (batch_id)",
    """
    CREATE TABLE operation.revision (
        batch_uid uuid NOT NULL REFERENCES operation.batch ON DELETE CASCADE,
        revision integer NOT NULL,
        subsystems text[] NOT NULL,
        rule text NOT NULL,
        expected bigint,
        records bigint NOT NULL,
        unexpected bigint NOT NULL,
        missing jsonb NOT NULL,
        conflicts jsonb NOT NULL,
        ranges jsonb NOT NULL,
        completeness double precision,
        first_time timestamptz,
        last_time timestamptz,
        marker_time timestamptz,
        complete boolean NOT NULL DEFAULT false,
        verdict text NOT NULL DEFAULT 'PENDING',
        verdict_time timestamptz,
        seconds_to_verdict double precision,
        PRIMARY KEY (batch_uid, revision)
    )
    """,
    "CREATE INDEX revision_verdict_time ON operation.revision (verdict_time)",
    """
    CREATE TABLE operation.job (
        job_id uuid PRIMARY KEY,
        idempotency_key text UNIQUE,
        request_hash text NOT NULL,
        satellite_id text NOT NULL,
        mission text NOT NULL,
        batch_uid uuid REFERENCES operation.batch ON DELETE CASCADE,
        first_time timestamptz NOT NULL,
        last_time timestamptz NOT NULL,
        model text,
        subsystems text[] NOT NULL,
        tasks jsonb NOT NULL,
        status text NOT NULL DEFAULT 'QUEUED',
        verdict text NOT NULL DEFAULT 'PENDING',
        submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        enqueued_at timestamptz,
        finished_at timestamptz
    )
    """,
    "CREATE INDEX job_submitted ON operation.job (submitted_at DESC, job_id DESC)",
    "CREATE INDEX job_unsent ON operation.job (submitted_at) WHERE enqueued_at IS NULL",
    """
    CREATE TABLE operation.judgement (
        judgement_id uuid PRIMARY KEY,
        batch_uid uuid REFERENCES operation.batch ON DELETE CASCADE,
        batch_id text,
        job_id uuid REFERENCES operation.job ON DELETE CASCADE,
        satellite_id text NOT NULL,
        mission text NOT NULL,
        subsystem text NOT NULL,
        revision integer NOT NULL,
        verdict text NOT NULL,
        reason text,
        events integer NOT NULL,
        first_time timestamptz,
        last_time timestamptz,
        marker_time timestamptz,
        models jsonb NOT NULL,
        calibration text,
        mission_revision text,
        input_hash text,
        history_samples bigint,
        history_required bigint,
        code_version text,
        requested_at timestamptz NOT NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz NOT NULL,
        read_s double precision NOT NULL,
        forecast_s double precision NOT NULL,
        score_s double precision NOT NULL,
        stored_on date NOT NULL,
        committed_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    """
    CREATE UNIQUE INDEX judgement_once ON operation.judgement (batch_uid, revision, subsystem)
    WHERE job_id IS NULL
    """,
    "CREATE INDEX judgement_committed ON operation.judgement (committed_at DESC, judgement_id DESC)",
    "CREATE INDEX judgement_job ON operation.judgement (job_id) WHERE job_id IS NOT NULL",
    """
    CREATE TABLE operation.judgement_channel (
        judgement_id uuid NOT NULL REFERENCES operation.judgement ON DELETE CASCADE,
        channel text NOT NULL,
        verdict text NOT NULL,
        samples bigint NOT NULL,
        expected bigint NOT NULL,
        score double precision,
        threshold double precision,
        note text,
        PRIMARY KEY (judgement_id, channel)
    )
    """,
    """
    CREATE TABLE operation.channel_series (
        judgement_id uuid NOT NULL,
        channel text NOT NULL,
        stored_on date NOT NULL,
        times bigint[] COMPRESSION lz4 NOT NULL,
        models text[] NOT NULL,
        forecasts double precision[] COMPRESSION lz4 NOT NULL,
        scores double precision[] COMPRESSION lz4 NOT NULL,
        PRIMARY KEY (judgement_id, channel, stored_on)
    ) PARTITION BY RANGE (stored_on)
    """,
    """
    COMMENT ON TABLE operation.channel_series IS
    'forecasts is models x times; NaN stands for a missing value; stored_on is the day (UTC) of the verdict'
    """,
    """
    CREATE TABLE operation.event (
        event_id uuid PRIMARY KEY,
        judgement_id uuid NOT NULL REFERENCES operation.judgement ON DELETE CASCADE,
        job_id uuid,
        batch_uid uuid,
        batch_id text,
        satellite_id text NOT NULL,
        mission text NOT NULL,
        subsystem text NOT NULL,
        revision integer NOT NULL,
        channel text NOT NULL,
        start_time timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        peak_time timestamptz NOT NULL,
        severity text NOT NULL,
        score double precision NOT NULL,
        threshold double precision NOT NULL,
        detector text NOT NULL,
        share double precision NOT NULL,
        value double precision,
        forecast double precision,
        explanation text NOT NULL,
        found_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE INDEX event_start ON operation.event (start_time DESC, event_id DESC)",
    "CREATE INDEX event_channel ON operation.event (satellite_id, channel, start_time)",
    "CREATE INDEX event_judgement ON operation.event (judgement_id)",
    "CREATE INDEX event_batch ON operation.event (batch_uid, revision)",
    """
    CREATE TABLE operation.search_document (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        judgement_id uuid NOT NULL REFERENCES operation.judgement ON DELETE CASCADE,
        batch_uid uuid,
        batch_id text,
        job_id uuid,
        satellite_id text NOT NULL,
        mission text NOT NULL,
        subsystem text NOT NULL,
        revision integer NOT NULL,
        channel text,
        verdict text NOT NULL,
        severity text,
        at timestamptz NOT NULL,
        body text NOT NULL,
        words tsvector NOT NULL
    )
    """,
    "CREATE INDEX search_words ON operation.search_document USING gin (words)",
    "CREATE INDEX search_at ON operation.search_document (at DESC, id DESC)",
    """
    CREATE TABLE operation.live_event (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        data text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE INDEX live_event_at ON operation.live_event (at)",
    """
    CREATE TABLE operation.rejected_message (
        topic text NOT NULL,
        partition_no integer NOT NULL,
        offset_no bigint NOT NULL,
        reason text NOT NULL,
        payload bytea,
        rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (topic, partition_no, offset_no)
    )
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in STATEMENTS:
        op.execute(statement)
