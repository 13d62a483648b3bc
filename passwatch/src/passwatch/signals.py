"""Stopping in order: SIGTERM and SIGINT set a flag that the work looks at between two units."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class StopSignal:
    """Whether the process was asked to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def install(self) -> None:
        """Take SIGTERM and SIGINT as the wish to stop; call it from the main thread."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._event.set()

    def set(self) -> None:
        """Ask to stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether it was asked to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for the wish to stop; true if it came."""
        return self._event.wait(seconds)
