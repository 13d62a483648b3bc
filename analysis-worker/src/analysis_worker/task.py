"""The Celery task: continues the trace, executes, and decides what becomes of the message."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from celery import Celery, Task
from celery.exceptions import Reject
from kombu.exceptions import OperationalError
from opentelemetry import trace

from analysis_worker.execute import Executor, GiveBack
from analysis_worker.tally import Done, GaveBack, Tally
from passwatch import headers
from passwatch.contracts import JudgeTask, SubsystemResult
from passwatch.tasks import JUDGE_TASK, send_judge

log = structlog.get_logger()
tracer = trace.get_tracer("analysis_worker")


def register(app: Celery, executor: Callable[[], Executor], tally: Tally) -> None:
    """Make ``app`` able to run judgements; ``executor`` gives that of the process at hand."""

    @app.task(name=JUDGE_TASK, bind=True)  # type: ignore[untyped-decorator]
    def judge(self: Task[..., None], payload: dict[str, Any]) -> None:
        """Judge one subsystem of one revision of a batch; see :class:`passwatch.contracts.JudgeTask`."""
        given = {"traceparent": str(self.request.get("traceparent") or "")}
        try:
            task = msgspec.convert(payload, JudgeTask)
        except msgspec.ValidationError as error:
            log.error("a task breaks the contract", error=str(error))  # noqa: TRY400 - the message says it all
            raise Reject(str(error), requeue=False) from error
        with tracer.start_as_current_span("judge", context=headers.trace_context(given)):
            _run(app, executor(), task, tally)


def _run(app: Celery, executor: Executor, task: JudgeTask, tally: Tally) -> None:
    try:
        result = executor.execute(task)
    except GiveBack as error:
        _give_back(app, task, str(error))
        tally.tell(GaveBack(pid=os.getpid()))
        return
    _tell(result, tally)


def _give_back(app: Celery, task: JudgeTask, reason: str) -> None:
    """Put a copy at the end of the queue and let the message be acknowledged.

    A returned message would count towards the limit of deliveries, as if its worker had died on it, and one kept for
    half an hour would make RabbitMQ close the channel. If RabbitMQ cannot take the copy, the message is returned.
    """
    log.warning("task given back", judgement_id=task.judgement_id, subsystem=task.subsystem, reason=reason)
    carrier = {name: value.decode() for name, value in headers.make(SubsystemResult)}
    try:
        send_judge(app, task, {name: value for name, value in carrier.items() if name == "traceparent"})
    except (OperationalError, OSError) as error:
        raise Reject(reason, requeue=True) from error


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
