"""Which batch took up which time in which take, in PostgreSQL, in a schema that only this service writes."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateSchema

from passwatch.streaming.database import database_faults
from victoria_consumer.takes import Segment, StreamKey

_log = structlog.get_logger()

SCHEMA = "storage"
_LOCK = 7_301_944

metadata = MetaData(schema=SCHEMA)
segment = Table(
    "segment",
    metadata,
    Column("mission", Text, primary_key=True),
    Column("satellite_id", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("batch_id", Text, primary_key=True),
    Column("take", Integer, primary_key=True),
    Column("first", BigInteger, primary_key=True, comment="index of its first record"),
    Column("count", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False, comment="event time, ms"),
    Column("last_time", BigInteger, nullable=False, comment="event time, ms"),
    comment="consecutive records of a batch within a take",
)
Index("segment_last_time", segment.c.last_time)


class TakeTable:
    """Loads and saves segments. The table is made when it is first needed."""

    def __init__(self, dsn: str) -> None:
        self._engine: Engine = create_engine(
            dsn, pool_pre_ping=True, connect_args={"connect_timeout": 5, "application_name": "victoria-consumer"}
        )
        self._made = False

    def load(self, key: StreamKey) -> list[Segment]:
        """All segments of a stream.

        Raises:
            Retry: PostgreSQL cannot be read now.
        """
        c = segment.c
        with database_faults():
            self._make()
            with self._engine.connect() as connection:
                rows = connection.execute(
                    select(c.batch_id, c.take, c.first, c.count, c.first_time, c.last_time)
                    .where(c.mission == key.mission, c.satellite_id == key.satellite_id, c.stream == key.stream)
                    .order_by(c.batch_id, c.take, c.first)
                ).all()
        return [Segment(*row) for row in rows]

    def save(self, changed: Sequence[tuple[StreamKey, Segment]]) -> None:
        """Remember these segments, each as it is now; durable when it returns.

        Raises:
            Retry: PostgreSQL cannot be written now.
        """
        rows = [
            {
                "mission": key.mission,
                "satellite_id": key.satellite_id,
                "stream": key.stream,
                "batch_id": one.batch_id,
                "take": one.take,
                "first": one.first,
                "count": one.count,
                "first_time": one.first_time,
                "last_time": one.last_time,
            }
            for key, one in changed
        ]
        statement = insert(segment)
        new = statement.excluded
        with database_faults():
            self._make()
            with self._engine.begin() as connection:
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=list(segment.primary_key.columns),
                        set_={
                            "count": func.greatest(segment.c.count, new["count"]),
                            "last_time": func.greatest(segment.c.last_time, new.last_time),
                        },
                    ),
                    rows,
                )

    def prune(self, before_ms: int) -> None:
        """Forget what the storage has forgotten, the records before this time.

        Raises:
            Retry: PostgreSQL cannot be written now.
        """
        with database_faults():
            self._make()
            with self._engine.begin() as connection:
                connection.execute(delete(segment).where(segment.c.last_time < before_ms))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _make(self) -> None:
        if self._made:
            return
        with self._engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
            metadata.create_all(connection)
        self._made = True
