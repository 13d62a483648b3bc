"""Progress that a person can follow: one line per step, on a terminal with the running ones below."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status


class Steps:
    """Told of steps as a stack's ``progress``; prints each that ends with the seconds it took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun: dict[str, float] = {}
        self._now: dict[str, str] = {}
        self._status: Status | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Steps:
        if self._console.is_terminal:
            self._status = self._console.status("starting")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the running steps off the screen."""
        if self._status:
            self._status.stop()
            self._status = None

    def __call__(self, subject: str, what: str) -> None:
        """A step begins, goes on, or ends: ``ready``, ``done``, or ``current`` if there was nothing to do."""
        with self._lock:
            self._tell(subject, what)

    def _tell(self, subject: str, what: str) -> None:
        begun = self._begun.setdefault(subject, time.monotonic())
        if what in {"ready", "done", "current"}:
            self._now.pop(subject, None)
            del self._begun[subject]
        if what in {"ready", "done"}:
            self._console.print(
                f"  [green]✔[/green] {subject:<26} [dim]{time.monotonic() - begun:5.1f} s[/dim]", highlight=False
            )
        elif what != "current":
            self._now[subject] = what
        if self._status:
            self._status.update(self._text())

    def _text(self) -> str:
        """What is under way now, and what the one being waited for says."""
        waiting = next((f"{name}: {what}" for name, what in self._now.items() if what.startswith("waiting")), "")
        others = [name for name in self._now if not waiting.startswith(name + ":")]
        return "  ".join(filter(None, [waiting[:100], ", ".join(others)])) or "starting"
