"""A service's schema in PostgreSQL: bring it up to date, and say whether it is. Several processes may do it at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from zlib import crc32

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text


class UnknownRevision(Exception):
    """The database is at a revision that this version does not know; the message says what to do."""


@dataclass(frozen=True)
class Schema:
    """The schema ``name`` of the service ``owner``; ``migrations`` is the package that holds its Alembic scripts."""

    name: str
    owner: str
    migrations: str

    @cached_property
    def head(self) -> str:
        """The revision that this version of the service works with.

        Raises:
            RuntimeError: the package holds no migrations.
        """
        revision = self._scripts.get_current_head()
        if revision is None:
            raise RuntimeError(f"{self.migrations} holds no migrations")
        return revision

    def current(self, connection: Connection) -> str | None:
        """The revision that the database is at; None before the first migration.

        It is read from Alembic's table without Alembic, which would log the beginning of a migration at every look.
        """
        table = f"{self.name}.alembic_version"
        if connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is None:
            return None
        found: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - no input
        return found

    def migrate(self, engine: Engine) -> tuple[str | None, str]:
        """Apply the migrations that are missing, in one transaction; returns the revisions before and after.

        Raises:
            UnknownRevision: a newer version of the service has migrated this database.
            sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be reached or refuses; nothing has changed.
        """
        config = Config()
        config.set_main_option("script_location", str(files(self.migrations)))
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": crc32(self.name.encode())})
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {self.name}"))
            before = self.current(connection)
            self._refuse_unknown(before)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return before, self.head

    @cached_property
    def _scripts(self) -> ScriptDirectory:
        return ScriptDirectory(str(files(self.migrations)))

    def _refuse_unknown(self, revision: str | None) -> None:
        known = {script.revision for script in self._scripts.walk_revisions()}
        if revision is not None and revision not in known:
            raise UnknownRevision(
                f"The schema {self.name} is at revision {revision}, and this {self.owner} knows none after "
                f"{self.head}: a newer version has used this database. Run that version, or restore a backup that "
                "this one made."
            )
