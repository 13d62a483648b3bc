"""Which batch took up which time in which take, in PostgreSQL, in a schema that only this service writes."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import Engine, create_engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from passwatch.schema import UnknownRevision
from passwatch.streaming.database import database_faults
from passwatch.streaming.faults import Retry
from victoria_consumer.db.schema import STORAGE
from victoria_consumer.db.tables import segment
from victoria_consumer.domain.takes import Segment, StreamKey

_log = structlog.get_logger()


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
        try:
            STORAGE.migrate(self._engine)
        except UnknownRevision as error:
            raise Retry(str(error)) from error
        self._made = True
