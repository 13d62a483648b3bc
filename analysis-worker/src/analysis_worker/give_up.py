"""The verdict on what could not be judged: ERROR, with the reason. Pure."""

from __future__ import annotations

from analysis_worker.result import result_of
from passwatch.contracts import JudgeTask, SubsystemResult, Timings

MAX_REASON = 2000


def error_result(task: JudgeTask, reason: str, started_at: int, finished_at: int) -> SubsystemResult:
    """The result of a task that was given up; times are wall clock, ms."""
    return result_of(
        task,
        verdict="ERROR",
        reason=reason[:MAX_REASON],
        timings=Timings(
            requested_at=task.requested_at,
            started_at=started_at,
            finished_at=finished_at,
            read_s=0.0,
            forecast_s=0.0,
            score_s=0.0,
        ),
    )
