"""Work that a thread repeats beside the main one: when it is woken, and every so often."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from passwatch.failures import in_words
from passwatch.health import Check
from passwatch.signals import StopSignal

SHORTEST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
"""Of the pauses after failures, each of which is twice the one before."""

log = structlog.get_logger()


class Repeated:
    """A thread that calls ``step`` at its start, when it is woken, and ``every_s`` seconds after it went well.

    A step that fails, in whatever way, is logged and told by :meth:`check`, and tried again after a pause that no wake
    shortens. A wake that comes during a step leads to another one, so a step may rely on what was written before it.
    """

    def __init__(
        self, name: str, step: Callable[[], object], stop: StopSignal, *, every_s: float, well: str = "ok"
    ) -> None:
        """``name`` is the thread's and the log's; ``well`` is what the probe says when the last step went well."""
        self._name, self._step, self._stop, self._every_s, self._well = name, step, stop, every_s, well
        self._problem: str | None = "has not begun yet"
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do now."""
        self._wake.set()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until the step in hand is done and the thread has ended; the stop signal must be set."""
        self._wake.set()
        self._thread.join(timeout_s)

    def check(self) -> Check:
        """Whether the last step went well."""
        return Check(ok=self._problem is None, detail=self._problem or self._well)

    def _run(self) -> None:
        pause = 0.0
        while self._goes_on():
            try:
                self._step()
            except Exception as error:  # whatever it was, the next step tries again
                pause = min(max(SHORTEST_PAUSE_S, 2 * pause), LONGEST_PAUSE_S)
                self._problem = in_words(error)
                log.warning("to be tried again", what=self._name, problem=self._problem, pause_s=pause)
                self._stop.wait(pause)
            else:
                pause, self._problem = 0.0, None
                self._wake.wait(self._every_s)

    def _goes_on(self) -> bool:
        """Whether there is another step. The wake is cleared before the look, so that the one of a stop is not lost."""
        self._wake.clear()
        return not self._stop.is_set()
