"""The Celery task: continues the trace, executes, and decides what becomes of the message."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import msgspec
import structlog
from celery import Celery, Task
from celery.exceptions import Reject
from kombu.exceptions import OperationalError
from opentelemetry import trace

from analysis_worker.execute import Executor, GiveBack
from analysis_worker.tally import Done, Fitted, GaveBack, Tally
from passwatch import headers
from passwatch.contracts import CalibrationFit, CalibrationTask, JudgeTask, SubsystemResult
from passwatch.tasks import CALIBRATE_TASK, JUDGE_TASK, send_calibrate, send_judge

log = structlog.get_logger()
tracer = trace.get_tracer("analysis_worker")


T = TypeVar("T", JudgeTask, CalibrationTask)


def register(app: Celery, executor: Callable[[], Executor], tally: Tally) -> None:
    """Make ``app`` able to judge and to calibrate; ``executor`` gives that of the process at hand."""

    @app.task(name=JUDGE_TASK, bind=True)  # type: ignore[untyped-decorator]
    def judge(self: Task[..., None], payload: dict[str, Any]) -> None:
        """Judge one subsystem of one revision of a batch; see :class:`passwatch.contracts.JudgeTask`."""
        task = _payload(payload, JudgeTask)
        with _continued(self, "judge"):
            try:
                result = executor().execute(task)
            except GiveBack as error:
                _give_back(app, task, str(error), tally)
            else:
                _tell(result, tally)

    @app.task(name=CALIBRATE_TASK, bind=True)  # type: ignore[untyped-decorator]
    def calibrate(self: Task[..., None], payload: dict[str, Any]) -> None:
        """Fit a calibration on a span of telemetry; see :class:`passwatch.contracts.CalibrationTask`."""
        task = _payload(payload, CalibrationTask)
        with _continued(self, "calibrate"):
            try:
                fit = executor().calibrate(task)
            except GiveBack as error:
                _give_back(app, task, str(error), tally)
            else:
                _tell_fit(task, fit, tally)


def _payload(payload: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        log.error("a task breaks the contract", error=str(error))  # noqa: TRY400 - the message says it all
        raise Reject(str(error), requeue=False) from error


def _continued(celery_task: Task[..., None], name: str) -> AbstractContextManager[trace.Span]:
    """A span of the trace that the sender began."""
    given = {"traceparent": str(celery_task.request.get("traceparent") or "")}
    return tracer.start_as_current_span(name, context=headers.trace_context(given))


def _give_back(app: Celery, task: JudgeTask | CalibrationTask, reason: str, tally: Tally) -> None:
    """Put a copy at the end of the queue and let the message be acknowledged.

    A returned message would count towards the limit of deliveries, as if its worker had died on it, and one kept for
    half an hour would make RabbitMQ close the channel. If RabbitMQ cannot take the copy, the message is returned.
    """
    task_id = task.judgement_id if isinstance(task, JudgeTask) else task.fit_id
    log.warning("task given back", task_id=task_id, reason=reason)
    carrier = {name: value.decode() for name, value in headers.make(type(task))}
    trace_only = {name: value for name, value in carrier.items() if name == "traceparent"}
    try:
        if isinstance(task, JudgeTask):
            send_judge(app, task, trace_only)
        else:
            send_calibrate(app, task, trace_only)
    except (OperationalError, OSError) as error:
        raise Reject(reason, requeue=True) from error
    tally.tell(GaveBack(pid=os.getpid()))


def _tell_fit(task: CalibrationTask, fit: CalibrationFit, tally: Tally) -> None:
    seconds = (fit.finished_at - task.requested_at) / 1000
    log.info(
        "calibration fitted" if fit.error is None else "calibration not fitted",
        fit_id=fit.fit_id,
        mission=fit.mission,
        satellite_id=fit.satellite_id,
        revision=(fit.calibration or {}).get("revision"),
        error=fit.error,
        seconds=seconds,
    )
    tally.tell(Fitted(pid=os.getpid(), ok=fit.error is None))


def _tell(result: SubsystemResult, tally: Tally) -> None:
    timings = result.timings
    total_s = (timings.finished_at - timings.started_at) / 1000
    log.info(
        "judged",
        judgement_id=result.judgement_id,
        batch_uid=result.batch_uid,
        satellite_id=result.satellite_id,
        batch_id=result.batch_id,
        revision=result.revision,
        subsystem=result.subsystem,
        job_id=result.job_id,
        verdict=result.verdict,
        reason=result.reason,
        events=len(result.events),
        total_s=total_s,
        read_s=round(timings.read_s, 4),
        forecast_s=round(timings.forecast_s, 4),
        score_s=round(timings.score_s, 4),
    )
    tally.tell(
        Done(
            pid=os.getpid(),
            verdict=result.verdict,
            queue_s=max(0.0, (timings.started_at - timings.requested_at) / 1000),
            total_s=total_s,
            parts={"read": timings.read_s, "forecast": timings.forecast_s, "score": timings.score_s},
        )
    )
