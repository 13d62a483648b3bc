"""Storing a pollful of messages: all at once, or one by one if one of them cannot be stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

PROGRAM_LIMIT_EXCEEDED = "54"
"""The class of PostgreSQL's errors that psycopg2 calls operational though the statement's content is to blame."""

T = TypeVar("T")


def is_passing(error: Exception) -> bool:
    """Whether the error says that the database cannot be written now, rather than that the message is unusable."""
    if isinstance(error, PoolTimeout | InterfaceError):
        return True
    if isinstance(error, OperationalError):
        return not str(getattr(error.orig, "pgcode", None) or "").startswith(PROGRAM_LIMIT_EXCEEDED)
    return isinstance(error, DBAPIError) and error.connection_invalidated


def store_all_or_each(
    items: Sequence[T], store: Callable[[Sequence[T]], None], reject: Callable[[T, str], None]
) -> None:
    """Store the items in one transaction; if that fails because of what they hold, each in its own.

    An item that cannot be stored by itself is handed to ``reject`` with the reason.

    Raises:
        Exception: the database cannot be written now; nothing is known of the items that were not stored yet.
    """
    try:
        store(items)
    except Exception as error:
        if is_passing(error):
            raise
        if len(items) == 1:
            reject(items[0], _reason(error))
            return
        for item in items:
            store_all_or_each([item], store, reject)


def _reason(error: Exception) -> str:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return f"PostgreSQL refused it: {str(error.orig).splitlines()[0]}"
    return f"{type(error).__name__}: {error}"
