"""A task from its start to its published result, waiting out engines that are down. No Celery in here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol, TypeVar

import structlog

from analysis_worker.calibrations import CalibrationsUnavailable
from analysis_worker.fit import CannotFit, failed_fit
from analysis_worker.give_up import error_result
from analysis_worker.judge import CannotJudge
from analysis_worker.publish import NotPublished, Result, ResultTooLarge
from detection.api import ForecasterRefused, ForecasterTimedOut, ForecasterUnavailable
from passwatch.contracts import CalibrationFit, CalibrationTask, JudgeTask, SubsystemResult
from passwatch.series import ChannelSeries
from passwatch.victoria import VictoriaUnavailable

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
LOOK_UP_S = 0.25
"""How often a waiting task looks whether the worker is stopping."""

MOST_TIMEOUTS = 5
"""Forecasts of one task that may come too late. The model server is there, and each try costs it as much again."""
ENGINE_DOWN = (VictoriaUnavailable, ForecasterUnavailable, CalibrationsUnavailable)

R = TypeVar("R", SubsystemResult, CalibrationFit)
log = structlog.get_logger()


class GiveBack(Exception):
    """The task cannot be done now, and belongs back into the queue; the message says why."""


class Judges(Protocol):
    """What judges a task; see :class:`analysis_worker.judge.Judge`."""

    def judge(self, task: JudgeTask, started_at: int) -> tuple[SubsystemResult, Sequence[ChannelSeries]]:
        """The task's result, and the series that go before it."""
        ...


class Fits(Protocol):
    """What fits calibrations; see :class:`analysis_worker.fit.Fitter`."""

    def fit(self, task: CalibrationTask) -> CalibrationFit:
        """The calibration that the task asks for."""
        ...


class Publishes(Protocol):
    """What publishes a result; see :class:`analysis_worker.publish.ResultPublisher`."""

    def publish(self, result: Result, series: Sequence[ChannelSeries] = ()) -> None:
        """Publish the series, then the result."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How to wait: until ``stopping`` says so or ``limit_s`` seconds are over; ``waiting`` hears of each reason."""

    limit_s: float
    stopping: Callable[[], bool]
    waiting: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


class Executor:
    """Executes tasks, one at a time."""

    def __init__(
        self, judge: Judges, fitter: Fits, publisher: Publishes, patience: Patience, now_ms: Callable[[], int]
    ) -> None:
        self._judge = judge
        self._fitter = fitter
        self._publisher = publisher
        self._patience = patience
        self._now_ms = now_ms

    def execute(self, task: JudgeTask) -> SubsystemResult:
        """Judge and publish; returns the result when Kafka has it.

        Whatever the judgement itself raises becomes a verdict ERROR, so that no input can stop the queue.

        Raises:
            GiveBack: an engine was down for too long, or the worker is stopping.
        """
        started_at = self._now_ms()

        def failed(reason: str) -> SubsystemResult:
            return error_result(task, reason, started_at, self._now_ms())

        return self._carry_out(lambda: self._judged(task, started_at, failed), failed)

    def calibrate(self, task: CalibrationTask) -> CalibrationFit:
        """Fit a calibration and publish it, as :meth:`execute` does with a judgement; a failure is published too.

        Raises:
            GiveBack: an engine was down for too long, or the worker is stopping.
        """

        def failed(reason: str) -> CalibrationFit:
            return failed_fit(task, reason, self._now_ms())

        return self._carry_out(lambda: self._fitted(task, failed), failed)

    def _carry_out(self, work: Callable[[], tuple[R, Sequence[ChannelSeries]]], failed: Callable[[str], R]) -> R:
        deadline = self._patience.monotonic() + self._patience.limit_s
        pause = FIRST_PAUSE_S
        timeouts = 0
        done: tuple[R, Sequence[ChannelSeries]] | None = None
        while True:
            try:
                if done is None:
                    done = work()
                self._publisher.publish(*done)
            except ResultTooLarge as error:
                done = failed(f"the result is too large: {error}"), ()
            except ForecasterTimedOut as error:
                timeouts += 1
                if timeouts < MOST_TIMEOUTS:
                    self._wait(f"{type(error).__name__}: {error}", pause, inf)
                else:
                    done = failed(f"the model server was too slow, {timeouts} times: {error}"), ()
            except (*ENGINE_DOWN, NotPublished) as error:
                self._wait(f"{type(error).__name__}: {error}", pause, deadline)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            else:
                return done[0]

    def _judged(
        self, task: JudgeTask, started_at: int, failed: Callable[[str], SubsystemResult]
    ) -> tuple[SubsystemResult, Sequence[ChannelSeries]]:
        try:
            return self._judge.judge(task, started_at)
        except ENGINE_DOWN:
            raise
        except CannotJudge as error:
            return failed(str(error)), ()
        except ForecasterRefused as error:
            return failed(f"the model server refused: {error}"), ()
        except Exception as error:
            log.exception("the judgement failed", judgement_id=task.judgement_id, subsystem=task.subsystem)
            return failed(f"the judgement failed: {type(error).__name__}: {error}"), ()

    def _fitted(
        self, task: CalibrationTask, failed: Callable[[str], CalibrationFit]
    ) -> tuple[CalibrationFit, Sequence[ChannelSeries]]:
        try:
            return self._fitter.fit(task), ()
        except ENGINE_DOWN:
            raise
        except CannotFit as error:
            return failed(str(error)), ()
        except ForecasterRefused as error:
            return failed(f"the model server refused: {error}"), ()
        except Exception as error:
            log.exception("the fit failed", fit_id=task.fit_id, mission=task.mission)
            return failed(f"the fit failed: {type(error).__name__}: {error}"), ()

    def _wait(self, reason: str, seconds: float, deadline: float) -> None:
        self._patience.waiting(reason)
        end = self._patience.monotonic() + seconds
        while True:
            if self._patience.stopping():
                raise GiveBack(f"the worker is stopping; {reason}")
            if self._patience.monotonic() >= deadline:
                raise GiveBack(reason)
            left = end - self._patience.monotonic()
            if left <= 0:
                return
            self._patience.sleep(min(left, LOOK_UP_S))
