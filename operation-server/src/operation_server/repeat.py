"""Work that a thread repeats beside the requests: when it is woken, and every so often."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import structlog

from operation_server.failures import in_words
from passwatch.health import Check
from passwatch.signals import StopSignal

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Duty:
    """How work is repeated and spoken of."""

    name: str
    """Its thread's name."""
    every_s: float
    """The longest pause after a step that went well."""
    waits: str
    """The event of the log line that tells of a step that did not."""
    well: str = "ok"
    """What the probe says when the last step went well."""
    retry_s: float | None = None
    """The longest pause after a failure, if it is not the ordinary one."""


class Work(Protocol):
    """Something to be repeated."""

    @property
    def duty(self) -> Duty:
        """How it is repeated."""

    def step(self) -> None:
        """Do what is to be done now; what it raises is told, and it is tried again."""


class Repeated:
    """A thread that does a step of the work at its start, when it is woken, and when the duty's pause is over.

    A step that fails, in whatever way, is logged and told by :meth:`check`. A wake that comes during a step leads to
    another one, so a step may rely on what was written before the wake.
    """

    def __init__(self, work: Work, stop: StopSignal) -> None:
        self._work, self._duty, self._stop = work, work.duty, stop
        self._problem: str | None = "has not begun yet"
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self._duty.name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do now."""
        self._wake.set()

    def join(self) -> None:
        """Wait until the step in hand is done and the thread has ended; the stop signal must be set."""
        self._wake.set()
        self._thread.join()

    def check(self) -> Check:
        """Whether the last step went well."""
        return Check(ok=self._problem is None, detail=self._problem or self._duty.well)

    def _run(self) -> None:
        while self._goes_on():
            self._wake.wait(self._pause_after_step())

    def _goes_on(self) -> bool:
        """Whether there is another step. The wake is cleared before the look, so that the one of a stop is not lost."""
        self._wake.clear()
        return not self._stop.is_set()

    def _pause_after_step(self) -> float:
        try:
            self._work.step()
        except Exception as error:  # whatever it was, the next step tries again
            self._problem = in_words(error)
            log.warning(self._duty.waits, problem=self._problem)
            return self._duty.every_s if self._duty.retry_s is None else self._duty.retry_s
        self._problem = None
        return self._duty.every_s
