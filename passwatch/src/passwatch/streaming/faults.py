"""What may go wrong with messages, as types: each decides what becomes of the message that raised it."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST_DETAIL = 2_000
"""Characters of a reason that are kept: a message must not choose how much is written about it."""


class Reject(Exception):
    """The message cannot be used, now or later: it goes to the dead-letter topic.

    ``reason`` is one of few words with hyphens, by which dead letters are counted; ``detail`` says what is wrong and
    where; ``channels`` gives, by name, the reason of each channel that was left out of a message whose rest was used.
    """

    def __init__(self, reason: str, detail: str, channels: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail
        self.channels: Mapping[str, str] = channels or {}


class Retry(Exception):
    """Nothing is wrong with the messages: what they need is away. They are tried again, after a pause."""


class Stop(Exception):
    """The process cannot go on and must be started anew."""


UNREADABLE = "unreadable"
"""The reason of a message that broke the code which read it, rather than a rule."""

UNUSABLE = "unusable"
"""The reason of a message that was read, and could not be written."""


def rejection_of(error: Exception, reason: str) -> Reject:
    """The rejection that an exception amounts to; ``reason`` is that of an exception which is none itself."""
    if isinstance(error, Reject):
        return error
    said = str(error).splitlines()
    detail = f"{type(error).__name__}: {said[0] if said else ''}".removesuffix(": ")
    return Reject(reason, detail[:LONGEST_DETAIL])
