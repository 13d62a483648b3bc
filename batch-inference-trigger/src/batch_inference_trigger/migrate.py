"""Brings the ledger's schema up to date. Safe to run again, and by several processes at once."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from batch_inference_trigger.schema import SCHEMA

LOCK = 0x6C6564676572
"""The advisory lock that lets one migration run at a time ("ledger" in ASCII)."""


class UnknownRevision(Exception):
    """The database is at a revision that this version does not know; the message says what to do."""


def migrate(engine: Engine) -> str:
    """Apply the migrations that are missing, in one transaction; returns the revision that the schema is at then.

    Raises:
        UnknownRevision: a newer version has migrated this database.
    """
    config = _config()
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        _refuse_unknown(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head()


@cache
def head() -> str:
    """The revision that this version of the service works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("the package holds no migrations")
    return revision


def current(engine: Engine) -> str | None:
    """The revision that the database is at; None before the first migration."""
    with engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    """Read from Alembic's table without Alembic, which would log the beginning of a migration at every look."""
    table = f"{SCHEMA}.alembic_version"
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is None:
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - no input
    return found


def _refuse_unknown(connection: Connection) -> None:
    found = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise UnknownRevision(
            f"The ledger's schema is at revision {found}, and this version knows none after {head()}: a newer version "
            "has used this database. Run that version, or restore a backup that this one made."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "batch_inference_trigger:migrations")
    return config
