"""The result of a task: what it carries over from the task, and what the judgement adds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from passwatch.contracts import (
    AnomalyEvent,
    ChannelResult,
    JudgeTask,
    Provenance,
    SeriesReference,
    SubsystemResult,
    Timings,
    Verdict,
)


def result_of(
    task: JudgeTask,
    *,
    verdict: Verdict,
    reason: str | None,
    timings: Timings,
    events: Sequence[AnomalyEvent] = (),
    channels: Sequence[ChannelResult] = (),
    provenance: Provenance | None = None,
    series: SeriesReference | None = None,
) -> SubsystemResult:
    """The task's result with this verdict."""
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
        verdict=verdict,
        reason=reason,
        events=list(events),
        channels=list(channels),
        provenance=provenance,
        timings=timings,
        series=series,
        job_id=task.job_id,
        model=task.model,
        stream=task.stream,
    )
