"""The verdict on what could not be judged: ERROR, with the reason. Pure."""

from __future__ import annotations

from passwatch.contracts import JudgeTask, SubsystemResult, Timings

MAX_REASON = 2000


def error_result(task: JudgeTask, reason: str, started_at: int, finished_at: int) -> SubsystemResult:
    """The result of a task that was given up; times are wall clock, ms."""
    return SubsystemResult(
        judgement_id=task.judgement_id,
        mission=task.mission,
        satellite_id=task.satellite_id,
        batch_id=task.batch_id,
        batch_uid=task.batch_uid,
        revision=task.revision,
        subsystem=task.subsystem,
        subsystems=task.subsystems,
        ranges=task.ranges,
        completeness=task.completeness,
        marker_time=task.marker_time,
        verdict="ERROR",
        reason=reason[:MAX_REASON],
        events=[],
        channels=[],
        provenance=None,
        timings=Timings(
            requested_at=task.requested_at,
            started_at=started_at,
            finished_at=finished_at,
            read_s=0.0,
            forecast_s=0.0,
            score_s=0.0,
        ),
        job_id=task.job_id,
        model=task.model,
    )
