"""What a consumer does with its messages: how each is read, and how many are written together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from passwatch.streaming.faults import UNREADABLE, UNUSABLE, Reject, Retry, Stop, rejection_of
from passwatch.streaming.messages import RawMessage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Handler(Generic[T]):
    """How messages are read and written.

    ``read`` makes of one message what is to be written, None to pass it over. It does no I/O; whatever it raises
    rejects the message. ``write`` writes what was read of several messages, all or nothing, and bears repetition. If it
    raises :class:`Retry` the messages are tried again later; :class:`Stop` ends the process; anything else is the fault
    of one of them, which is found by writing fewer at a time, and rejected.
    """

    read: Callable[[RawMessage], T | None]
    write: Callable[[Sequence[T]], None]


def process(handler: Handler[T], messages: Sequence[RawMessage], reject: Callable[[RawMessage, Reject], None]) -> None:
    """Read and write messages; each that cannot be is handed to ``reject``, and harms no other.

    Raises:
        Retry: nothing is known of the messages that were not written or rejected; process them all again.
        Stop: the process cannot go on.
    """
    items: list[tuple[RawMessage, T]] = []
    for message in messages:
        try:
            item = handler.read(message)
        except (Retry, Stop):
            raise
        except Exception as error:
            reject(message, rejection_of(error, UNREADABLE))
            continue
        if item is not None:
            items.append((message, item))
    _write(handler, items, reject)


def _write(
    handler: Handler[T], items: Sequence[tuple[RawMessage, T]], reject: Callable[[RawMessage, Reject], None]
) -> None:
    if not items:
        return
    try:
        handler.write([item for _, item in items])
    except (Retry, Stop):
        raise
    except Exception as error:
        if len(items) == 1:
            reject(items[0][0], rejection_of(error, UNUSABLE))
            return
        half = len(items) // 2
        _write(handler, items[:half], reject)
        _write(handler, items[half:], reject)
