"""Whether PostgreSQL can be worked with: it answers, has the schema, and takes writes."""

from __future__ import annotations

import threading
import time

from sqlalchemy import Engine, text

from operation_server.db.gate import require_schema
from passwatch.health import Check

WRITE_EVERY_S = 10.0
"""How long a write that succeeded vouches for the next: the catalogue's rows for the probe's table are rubbish."""
WRITE = text(
    "CREATE TEMPORARY TABLE write_probe ON COMMIT DROP AS "
    "SELECT md5(n::text) AS filler FROM generate_series(1, 500) AS n"
)
"""It allocates blocks, and its commit waits for the log to be on disk; nothing of it stays."""


class PostgresProbe:
    """Asks for the schema every time, and writes from time to time: a PostgreSQL whose disk is full still answers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._written = -WRITE_EVERY_S
        self._lock = threading.Lock()

    def check(self) -> Check:
        """The schema's version.

        Raises:
            SchemaNotReady: the schema is another one.
            sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be reached, or takes no write now.
        """
        version = require_schema(self._engine)
        with self._lock:
            if time.monotonic() - self._written >= WRITE_EVERY_S:
                with self._engine.begin() as connection:
                    connection.execute(WRITE)
                self._written = time.monotonic()
        return Check(ok=True, detail=f"schema {version}, takes writes")
