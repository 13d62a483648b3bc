"""Cursors: opaque positions in a list, good only for the list that gave them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from operation_server.web.problems import InvalidRequest

T = TypeVar("T")


class Position(NamedTuple):
    """The sort key of the last item of a page: a time, and an id among equal times."""

    at: datetime
    id: str


def encode_cursor(list_name: str, *keys: str) -> str:
    """The cursor for what follows the item with these sort keys in the list of this name."""
    return base64.urlsafe_b64encode(msgspec.json.encode((list_name, *keys))).decode().rstrip("=")


def decode_cursor(list_name: str, cursor: str | None, count: int) -> tuple[str, ...] | None:
    """The ``count`` sort keys that the cursor holds; None if there is no cursor.

    Raises:
        InvalidRequest: this list did not give that cursor.
    """
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        name, *keys = msgspec.json.decode(raw, type=list[str])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise _not_ours() from None
    if name != list_name or len(keys) != count or any("\x00" in key for key in keys):
        raise _not_ours()
    return tuple(keys)


def encode_position(list_name: str, position: Position) -> str:
    """The cursor for what follows ``position``."""
    return encode_cursor(list_name, position.at.isoformat(), position.id)


def decode_position(list_name: str, cursor: str | None) -> Position | None:
    """The position that the cursor stands for; None if there is no cursor.

    Raises:
        InvalidRequest: this list did not give that cursor.
    """
    keys = decode_cursor(list_name, cursor, 2)
    if keys is None:
        return None
    try:
        position = Position(datetime.fromisoformat(keys[0]), str(UUID(keys[1])))
    except ValueError:
        raise _not_ours() from None
    if position.at.tzinfo is None:
        raise _not_ours()
    return position


def cut(list_name: str, found: Sequence[tuple[Position, T]], limit: int) -> tuple[list[T], str | None]:
    """The page and the cursor of the next one, from what was found when one more than ``limit`` was asked for."""
    items = [item for _, item in found[:limit]]
    return items, encode_position(list_name, found[limit - 1][0]) if len(found) > limit else None


def _not_ours() -> InvalidRequest:
    return InvalidRequest.of("query.cursor", "not a cursor of this list")
