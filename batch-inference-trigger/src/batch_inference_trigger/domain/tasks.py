"""From a closed batch to the tasks that judge it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batch_inference_trigger.domain.completion import Batch
from passwatch import ids
from passwatch.contracts import CompletionRule, JudgeTask, Stream


@dataclass(frozen=True, slots=True)
class Identity:
    """Which batch it is."""

    batch_uid: str
    mission: str
    satellite_id: str
    batch_id: str
    stream: Stream = "realtime"


def assemble(
    identity: Identity, closed: Batch, rule: CompletionRule, subsystems: Sequence[str], requested_at: int
) -> list[JudgeTask]:
    """One task per subsystem of the revision that was just closed."""
    completeness = closed.completeness(rule)
    return [
        JudgeTask(
            judgement_id=ids.judgement_id(identity.batch_uid, closed.revision, subsystem),
            mission=identity.mission,
            satellite_id=identity.satellite_id,
            batch_id=identity.batch_id,
            batch_uid=identity.batch_uid,
            stream=identity.stream,
            revision=closed.revision,
            subsystem=subsystem,
            subsystems=list(subsystems),
            ranges=list(closed.ranges),
            completeness=completeness,
            marker_time=closed.marker.broker_time if closed.marker else None,
            requested_at=requested_at,
        )
        for subsystem in subsystems
    ]
