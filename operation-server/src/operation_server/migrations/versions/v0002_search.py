"""Documents hold their words, whether they are shown, and when that changed; batches are documents too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from operation_server.search.words import MOST, words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT_ONCE = 2000

BEFORE = (
    """
    CREATE FUNCTION operation.places(words text[]) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(string_agg(quote_literal(word) || ':' || place::text, ' '), '')::tsvector
        FROM unnest(words) WITH ORDINALITY AS of_words(word, place)
    )
    """,
    "CREATE SEQUENCE operation.search_change",
    "DROP INDEX operation.search_words",
    "DROP INDEX operation.search_at",
    """
    ALTER TABLE operation.search_document
        ALTER COLUMN judgement_id DROP NOT NULL,
        ALTER COLUMN subsystem DROP NOT NULL,
        DROP COLUMN words,
        ADD COLUMN words text[],
        ADD COLUMN shown boolean NOT NULL DEFAULT false,
        ADD COLUMN change bigint
    """,
    """
    INSERT INTO operation.search_document
        (id, kind, batch_uid, batch_id, satellite_id, mission, revision, verdict, at, body, shown)
    SELECT batch_uid, 'batch', batch_uid, batch_id, satellite_id, mission, coalesce(revision, 0), verdict,
        coalesce(last_time, heard_at),
        'batch ' || batch_id || ': '
            || CASE WHEN revision IS NULL THEN lower(status) ELSE verdict || ', ' || events || ' events' END,
        true
    FROM operation.batch
    """,
    """
    UPDATE operation.search_document AS d SET shown = true
    WHERE d.job_id IS NOT NULL
        OR EXISTS (SELECT FROM operation.batch b WHERE b.batch_uid = d.batch_uid AND b.revision = d.revision)
    """,
    "UPDATE operation.search_document SET change = nextval('operation.search_change') WHERE shown",
)
AFTER = (
    """
    ALTER TABLE operation.search_document
        ALTER COLUMN words SET NOT NULL,
        ADD COLUMN places tsvector NOT NULL GENERATED ALWAYS AS (operation.places(words)) STORED
    """,
    "CREATE INDEX search_places ON operation.search_document USING gin (places) WHERE shown",
    "CREATE INDEX search_at ON operation.search_document (at DESC, id DESC) WHERE shown",
    "CREATE INDEX search_judgement ON operation.search_document (judgement_id)",
    "CREATE INDEX search_batch ON operation.search_document (batch_uid)",
    "CREATE UNIQUE INDEX search_change_order ON operation.search_document (change)",
    "CREATE TABLE operation.search_index (name text NOT NULL, position bigint NOT NULL)",
)


def upgrade() -> None:
    """Bring every document there is into the new form."""
    for statement in BEFORE:
        op.execute(statement)
    _split_into_words(op.get_bind())
    for statement in AFTER:
        op.execute(statement)


def _split_into_words(connection: sa.Connection) -> None:
    text = sa.text(
        "SELECT id, concat_ws(' ', satellite_id, batch_id, mission, subsystem, channel, severity, body) AS said "
        "FROM operation.search_document WHERE words IS NULL LIMIT :limit"
    )
    write = sa.text("UPDATE operation.search_document SET words = :words WHERE id = :id").bindparams(
        sa.bindparam("words", type_=ARRAY(sa.Text))
    )
    while rows := connection.execute(text, {"limit": AT_ONCE}).all():
        connection.execute(write, [{"id": row.id, "words": words(row.said)[:MOST]} for row in rows])
