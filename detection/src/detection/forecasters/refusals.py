"""For how long a model server may refuse before that counts as its last word. No I/O in here."""

from __future__ import annotations

from collections.abc import Callable

PATIENCE_S = 120.0
"""A model that is exchanged, or a server that is still loading, refuses for seconds."""
UNBROKEN_S = 15.0
"""Refusals further apart than this are not one refusal: nobody asked in between, and a worker's tries are closer."""


class Refusals:
    """An unbroken run of refusals of one kind of request, by a steady clock in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: float | None = None
        self._latest = 0.0

    def end(self) -> None:
        """There was an answer, or the server could not be asked: the next refusal is a first one."""
        self._since = None

    def refused(self) -> bool:
        """Note a refusal; whether it has lasted for so long that trying again will not help."""
        now = self._monotonic()
        if self._since is None or now - self._latest > UNBROKEN_S:
            self._since = now
        self._latest = now
        return now - self._since >= PATIENCE_S
