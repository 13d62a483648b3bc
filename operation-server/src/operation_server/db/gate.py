"""Nothing works on the database before it has the schema that the code needs."""

from __future__ import annotations

from sqlalchemy import Engine

from operation_server.db.schema import OPERATION


class SchemaNotReady(Exception):
    """The database's schema is not the one this code needs; `migrate` makes it so."""


def require_schema(engine: Engine) -> str:
    """The schema's version, if it is the one needed.

    Raises:
        SchemaNotReady: it is another, or none.
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    needed = OPERATION.head
    with engine.connect() as connection:
        found = OPERATION.current(connection)
    if found != needed:
        raise SchemaNotReady(f"the schema is {found or 'missing'}, {needed} is needed: run migrate")
    return needed


class SchemaGate:
    """Lets the threads of a process through once the schema was seen, and from then on without a look."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen = False

    def require(self) -> None:
        """Return if the schema is the one needed.

        Raises:
            SchemaNotReady: it is another, or none.
            sqlalchemy.exc.OperationalError: the database cannot be reached.
        """
        if not self._seen:
            require_schema(self._engine)
            self._seen = True
