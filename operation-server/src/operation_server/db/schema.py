"""The schema's version: bring it up to date, and tell whether it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from operation_server.db.tables import SCHEMA

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LOCK = 7_302_001
"""The advisory lock under which migrations run: two servers that start at once migrate one after the other."""


@cache
def head() -> str:
    """The schema version that this code needs."""
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if found is None:
        raise RuntimeError(f"no migration in {MIGRATIONS}")
    return found


def current(connection: Connection) -> str | None:
    """The schema version that the database has; None if it has none.

    It is read from Alembic's table without Alembic, which would log the beginning of a migration at every look.
    """
    table = f"{SCHEMA}.alembic_version"
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is None:
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - no input
    return found


class UnknownVersion(Exception):
    """The database has a schema version that this code does not know; the message says what to do."""


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring the schema up to date; returns the versions before and after. Safe to run at the same time elsewhere.

    Raises:
        UnknownVersion: a newer operation-server has migrated this database.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        try:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            connection.commit()
            before = current(connection)
            connection.commit()
            _refuse_unknown(before)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            return before, head()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


def _refuse_unknown(version: str | None) -> None:
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if version is not None and version not in known:
        raise UnknownVersion(
            f"The database has schema version {version}, and this operation-server knows none after {head()}: a newer "
            "one has used this database. Run that one, or restore a backup that this one made."
        )
