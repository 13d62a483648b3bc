"""A small unit of work that a thread repeats beside the main loop, whatever happens to it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from passwatch.health import Check

LONGEST_PAUSE_S = 10.0

log = structlog.get_logger()


class Background:
    """Calls ``step`` now and every ``every_s`` seconds, or as soon as it is woken; after a failure later and later."""

    def __init__(self, name: str, step: Callable[[], None], every_s: float) -> None:
        self._name = name
        self._step = step
        self._every_s = every_s
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do now."""
        self._wake.set()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Finish the step in hand, and wait for it."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def check(self) -> Check:
        """Whether the latest step went well."""
        return Check(ok=self._failure is None, detail=self._failure or "ok")

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._step()
            except Exception as error:  # whatever it was, the next step tries again
                pause = min(max(0.2, pause * 2), LONGEST_PAUSE_S)
                self._failure = f"{type(error).__name__}: {error}"
                log.warning("to be tried again", what=self._name, error=self._failure, pause_s=pause)
                self._stop.wait(pause)
            else:
                pause, self._failure = 0.0, None
                self._wake.wait(self._every_s)
