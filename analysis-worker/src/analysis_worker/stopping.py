"""One byte of memory that the main process shares with the pool: whether the worker is stopping. Needs no lock."""

from __future__ import annotations

import mmap


class SharedFlag:
    """A flag that processes forked after its making see. Once set, it stays."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Set it, for all."""
        self._memory[0] = 1

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._memory[0] == 1
