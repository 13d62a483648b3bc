"""Findings, incidents with their alarms, what was done about them, and what is out of service."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE operation.incident (
        incident_id uuid PRIMARY KEY,
        mission text NOT NULL,
        satellite_id text NOT NULL,
        stream text NOT NULL,
        version integer NOT NULL,
        onset timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        ongoing boolean NOT NULL,
        channel text,
        subsystem text,
        kind text NOT NULL,
        severity text NOT NULL,
        score double precision NOT NULL,
        findings integer NOT NULL,
        channels jsonb NOT NULL,
        explanation text NOT NULL,
        priority text NOT NULL,
        state text NOT NULL,
        alarm_severity text NOT NULL,
        active boolean NOT NULL,
        active_since timestamptz NOT NULL,
        raised_at timestamptz,
        raised integer NOT NULL,
        acknowledged_at timestamptz,
        acknowledged_by text,
        shelved_until timestamptz,
        suppressed boolean NOT NULL,
        out_of_service boolean NOT NULL,
        label text,
        merged_into uuid REFERENCES operation.incident,
        opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE INDEX incident_opened ON operation.incident (opened_at DESC, incident_id DESC)",
    "CREATE INDEX incident_satellite ON operation.incident (satellite_id, opened_at DESC, incident_id DESC)",
    """
    CREATE INDEX incident_standing ON operation.incident (opened_at DESC, incident_id DESC)
    WHERE state NOT IN ('cleared', 'logged')
    """,
    """
    COMMENT ON COLUMN operation.incident.version IS 'rises with every change; an act names the one it has seen'
    """,
    "COMMENT ON COLUMN operation.incident.channel IS 'the likely cause; none for the whole satellite'",
    "COMMENT ON COLUMN operation.incident.severity IS 'the worst of its findings'",
    "COMMENT ON COLUMN operation.incident.alarm_severity IS 'the worst since the alarm was raised last'",
    """
    CREATE TABLE operation.finding (
        finding_id uuid PRIMARY KEY,
        incident_id uuid NOT NULL REFERENCES operation.incident ON DELETE CASCADE,
        mission text NOT NULL,
        satellite_id text NOT NULL,
        stream text NOT NULL,
        source text NOT NULL,
        subsystem text,
        channel text,
        start_time timestamptz NOT NULL,
        end_time timestamptz NOT NULL,
        severity text NOT NULL,
        kind text NOT NULL,
        score double precision NOT NULL,
        at_start boolean NOT NULL,
        at_end boolean NOT NULL,
        ongoing boolean NOT NULL,
        explanation text NOT NULL,
        batch_uid uuid,
        revision integer,
        current boolean NOT NULL,
        found_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE INDEX finding_incident ON operation.finding (incident_id, start_time)",
    """
    CREATE INDEX finding_span ON operation.finding (satellite_id, mission, stream, end_time, start_time) WHERE current
    """,
    """
    CREATE INDEX finding_ongoing ON operation.finding (satellite_id, mission, stream, subsystem)
    WHERE current AND ongoing
    """,
    "CREATE INDEX finding_batch ON operation.finding (batch_uid, subsystem)",
    "COMMENT ON COLUMN operation.finding.current IS 'false once a later revision of its batch was judged'",
    """
    CREATE TABLE operation.incident_act (
        act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        incident_id uuid NOT NULL REFERENCES operation.incident,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        act text NOT NULL,
        "user" text,
        comment text,
        detail jsonb NOT NULL,
        state text NOT NULL,
        version integer NOT NULL
    )
    """,
    "CREATE INDEX incident_act_incident ON operation.incident_act (incident_id, act_id)",
    "COMMENT ON TABLE operation.incident_act IS 'append-only: a trigger refuses changes'",
    "COMMENT ON COLUMN operation.incident_act.\"user\" IS 'none: the platform itself'",
    "COMMENT ON COLUMN operation.incident_act.state IS 'of the alarm, after it'",
    "COMMENT ON COLUMN operation.incident_act.version IS 'of the incident, after it'",
    """
    CREATE FUNCTION operation.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE TRIGGER incident_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operation.incident_act
    FOR EACH STATEMENT EXECUTE FUNCTION operation.refuse_change()
    """,
    """
    CREATE TABLE operation.out_of_service (
        entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        mission text NOT NULL,
        satellite_id text NOT NULL,
        channel text,
        since timestamptz NOT NULL,
        "user" text NOT NULL,
        comment text NOT NULL,
        returned_at timestamptz,
        returned_by text
    )
    """,
    """
    CREATE UNIQUE INDEX out_of_service_now ON operation.out_of_service
    (satellite_id, mission, coalesce(channel, '')) WHERE returned_at IS NULL
    """,
    "COMMENT ON COLUMN operation.out_of_service.channel IS 'none: the whole satellite'",
)


def upgrade() -> None:
    """Make the tables; what was judged before has no incident."""
    for statement in STATEMENTS:
        op.execute(statement)
