"""Connections to PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine

CONNECT_TIMEOUT_S = 3


def make_engine(dsn: str, name: str, *, pool_size: int, statement_timeout_s: int) -> Engine:
    """A pool of connections that are checked before use. Sessions are in UTC, so that days begin at 0 h UTC."""
    return create_engine(
        dsn,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": name,
            "options": f"-c timezone=UTC -c statement_timeout={statement_timeout_s * 1000}",
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
        },
    )


def reading(engine: Engine) -> Engine:
    """The same pool for transactions that only read: all statements of one see the database at one moment."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
