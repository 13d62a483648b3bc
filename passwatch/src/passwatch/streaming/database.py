"""Which of a database's errors are waited for, and which are the fault of what was to be written.

For services that use SQLAlchemy, which the library itself does not require.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from passwatch.streaming.faults import UNUSABLE, Reject, Retry

PROGRAM_LIMIT_EXCEEDED = "54"
"""The class of PostgreSQL's errors that psycopg2 calls operational though the statement's content is at fault."""
TRANSACTION_ROLLBACK = "40"
"""The class of deadlocks and serialisation failures: the same again may well succeed."""


def is_transient(error: Exception) -> bool:
    """Whether the error says that the database cannot be written now, rather than that the content cannot be."""
    if isinstance(error, PoolTimeout | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = str(getattr(error.orig, "pgcode", None) or "")
    if isinstance(error, OperationalError):
        return not code.startswith(PROGRAM_LIMIT_EXCEEDED)
    return error.connection_invalidated or code.startswith(TRANSACTION_ROLLBACK)


@contextmanager
def database_faults() -> Iterator[None]:
    """The database's errors as faults: what will pass is :class:`Retry`, what the content is at fault for a rejection.

    Raises:
        Retry: the database cannot be written now.
        Reject: it refused what was to be written.
    """
    try:
        yield
    except Exception as error:
        if is_transient(error):
            raise Retry(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}") from error
        if isinstance(error, DBAPIError) and error.orig is not None:
            said = (str(error.orig).splitlines() or [""])[0]
            raise Reject(UNUSABLE, f"PostgreSQL refused it: {said}") from error
        raise
