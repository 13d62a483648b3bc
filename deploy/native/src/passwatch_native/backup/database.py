"""What of a backup is said or set in PostgreSQL itself."""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import Connection, text

TABLES = (
    "operation.batch",
    "operation.judgement",
    "operation.event",
    "operation.channel_series",
    "ledger.task",
    "storage.segment",
)


def _engine(dsn: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(dsn, poolclass=sqlalchemy.NullPool, connect_args={"connect_timeout": 5})


def described(dsn: str) -> tuple[dict[str, str], dict[str, int]]:
    """The versions of the server and of the schemas in it, and the rows of the main tables."""
    with _engine(dsn).connect() as connection:
        versions = {"postgresql": str(connection.execute(text("SHOW server_version")).scalar_one())}
        for schema in ("ledger", "operation", "storage"):
            if _there(connection, f"{schema}.alembic_version"):
                version: sqlalchemy.Select[tuple[str]] = sqlalchemy.select(sqlalchemy.column("version_num"))
                said = connection.execute(version.select_from(_table(f"{schema}.alembic_version"))).scalar()
                versions[f"schema {schema}"] = str(said)
        counts = {
            table: connection.execute(
                sqlalchemy.select(sqlalchemy.func.count()).select_from(_table(table))
            ).scalar_one()
            for table in TABLES
            if _there(connection, table)
        }
    return versions, counts


def is_empty(dsn: str) -> bool:
    """Whether none of the platform's tables is there."""
    with _engine(dsn).connect() as connection:
        return not any(_there(connection, table) for table in TABLES)


def send_again(dsn: str) -> None:
    """Mark as unsent what was in a queue: the queue is not part of a backup, and judging twice gives one result."""
    with _engine(dsn).begin() as connection:
        if _there(connection, "ledger.task"):
            connection.execute(text("UPDATE ledger.task SET sent_at = NULL WHERE done_at IS NULL"))
        of_jobs = text(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'operation' "
            "AND column_name IN ('enqueued_at', 'finished_at') GROUP BY table_name HAVING count(*) = 2"
        )
        for table in connection.scalars(of_jobs).all():
            columns = _table(f"operation.{table}", "enqueued_at", "finished_at")
            unfinished = sqlalchemy.update(columns).where(columns.c.finished_at.is_(None))
            connection.execute(unfinished.values(enqueued_at=None))


def _table(name: str, *columns: str) -> sqlalchemy.TableClause:
    schema, _, table = name.partition(".")
    return sqlalchemy.table(table, *(sqlalchemy.column(column) for column in columns), schema=schema)


def _there(connection: Connection, table: str) -> bool:
    return connection.execute(text("SELECT to_regclass(:name)"), {"name": table}).scalar() is not None
