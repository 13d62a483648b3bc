"""The partitions of the series table: one a week, made before they are needed, dropped when they are old."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text

PARENT = "channel_series"
LOCK = 7_302_003
AHEAD = 2
"""Weeks for which partitions exist beforehand."""
WEEK = timedelta(weeks=1)


def today() -> date:
    """The day, in UTC."""
    return datetime.now(UTC).date()


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def name_of(monday: date) -> str:
    """The partition of the week that begins on this day."""
    return f"{PARENT}_{monday:%Y%m%d}"


def ensure(connection: Connection, days: Iterable[date]) -> None:
    """Make the partitions that hold these days, where they are missing."""
    missing = [m for m in sorted({week_of(d) for d in days}) if name_of(m) not in _existing(connection)]
    if not missing:
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    for monday in missing:
        connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS operation.{name_of(monday)} PARTITION OF operation.{PARENT} "
                f"FOR VALUES FROM ('{monday}') TO ('{monday + WEEK}')"
            )
        )


def ensure_ahead(connection: Connection) -> None:
    """Make this week's partition and the next ones."""
    ensure(connection, [today() + i * WEEK for i in range(AHEAD + 1)])


def drop_older(connection: Connection, oldest: date) -> list[str]:
    """Drop the partitions whose every day is before ``oldest``; returns their names."""
    dropped = [n for n in _existing(connection) if _monday(n) + WEEK <= oldest]
    for name in dropped:
        connection.execute(text(f"DROP TABLE operation.{name}"))
    return dropped


def _existing(connection: Connection) -> list[str]:
    found = connection.execute(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = CAST(:parent AS regclass) ORDER BY c.relname"
        ),
        {"parent": f"operation.{PARENT}"},
    )
    return [str(name) for (name,) in found]


def _monday(name: str) -> date:
    return datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC).date()
