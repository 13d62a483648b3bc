"""A request for a judgement as a job: what will be judged, and the tasks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
import numpy as np
from sqlalchemy import Connection, Engine

from operation_server.batches import queries as batches
from operation_server.db.rows import Row
from operation_server.jobs import queries as jobs
from operation_server.jobs.queries import NewJob
from operation_server.jobs.schemas import SubmitRequest
from operation_server.missions_in_use import Missions
from operation_server.satellites.subject import find_subject
from operation_server.telemetry.samples import Samples, Source
from operation_server.times import Span, from_ms, to_ms
from operation_server.web.problems import InvalidRequest, NotFound, TooManyRequests
from passwatch import ids
from passwatch.contracts import Completeness, IndexSpan, JudgeTask, RejectedSamples, RepeatedTimes, Stream, TimeRange
from passwatch.mission import Mission

DAY_MS = 24 * 3600 * 1000
RETRY_AFTER_S = 30


@dataclass(frozen=True, slots=True)
class Subject:
    """What a job is about. ``batch_uid`` and ``batch_id`` are made up from the job's id for a free span."""

    satellite_id: str
    mission: Mission
    batch_uid: str | None
    batch_id: str | None
    revision: int
    ranges: list[TimeRange]
    completeness: Completeness
    first_time: datetime
    last_time: datetime
    stream: Stream = "realtime"


class Submitter:
    """Takes requests for judgements."""

    def __init__(
        self,
        engine: Engine,
        samples: Samples,
        missions: Missions,
        max_days: int,
        max_open: int,
        submitted: Callable[[], None],
    ) -> None:
        """``submitted`` is called when there is something to send to the workers."""
        self._submitted = submitted
        self._engine, self._samples, self._missions = engine, samples, missions
        self._max_days, self._max_open = max_days, max_open

    def submit(self, request: SubmitRequest, key: str | None, now_ms: int) -> Row:
        """Store a job for the request; with an idempotency key that was used before, the job that has it.

        Raises:
            InvalidRequest: the request asks for what there is not, or the key was used with another request.
            NotFound: the batch or satellite is not known.
            TooManyRequests: too many jobs are open.
        """
        digest = request_hash(request)
        with self._engine.begin() as connection:
            if key is not None and (former := jobs.with_key(connection, key)):
                return _same(former, digest)
            if jobs.count_open(connection) >= self._max_open:
                raise TooManyRequests(f"{self._max_open} jobs are open already", RETRY_AFTER_S)
            subject = self._of_batch(connection, request.batch_uid) if request.batch_uid else self._of_span(request)
            new = _job(str(uuid4()), subject, request, _Submission(key, digest, now_ms))
            row = _same(jobs.put(connection, new), digest)
        self._submitted()
        return row

    def _of_batch(self, connection: Connection, batch_uid: str) -> Subject:
        found = batches.ranges_of_current(connection, batch_uid) if _is_uuid(batch_uid) else None
        if found is None:
            raise NotFound(f"there is no batch {batch_uid}")
        if found["revision"] is None or not found["ranges"]:
            raise InvalidRequest.of("body.batch_uid", "this batch has no verdict yet")
        whole = Completeness(
            rule="on_demand",
            expected=found["expected"],
            records=found["records"],
            unexpected=found["unexpected"],
            missing=msgspec.convert(found["missing"], list[IndexSpan]),
            conflicts=msgspec.convert(found["conflicts"], list[IndexSpan]),
            rejected=msgspec.convert(found["rejected"], list[RejectedSamples]),
            repeated_times=msgspec.convert(found["repeated_times"], RepeatedTimes | None),
            other_markers=found["other_markers"],
        )
        return Subject(
            found["satellite_id"],
            self._mission(found["mission"]),
            batch_uid,
            found["batch_id"],
            found["revision"],
            msgspec.convert(found["ranges"], list[TimeRange]),
            whole,
            found["first_time"],
            found["last_time"],
            found["stream"],
        )

    def _of_span(self, request: SubmitRequest) -> Subject:
        if request.satellite_id is None or request.from_ is None or request.to is None:
            raise InvalidRequest.of("body", "give either batch_uid, or all of satellite_id, from and to")
        span = Span(to_ms(request.from_), to_ms(request.to))
        if span.end - span.start > self._max_days * DAY_MS:
            raise InvalidRequest.of("body.from", f"more than {self._max_days} days before to")
        subject = find_subject(self._engine, self._missions, request.satellite_id, request.mission)
        found = self._samples.of_satellite(Source(request.satellite_id, subject.mission.id), span)
        times = np.unique(np.concatenate([t for t, _ in found.values()])) if found else np.array([], np.int64)
        if len(times) == 0:
            raise InvalidRequest.of("body.from", "no telemetry of the satellite is stored from there to `to`")
        first, last = int(times[0]), int(times[-1])
        return Subject(
            request.satellite_id,
            subject.mission,
            None,
            None,
            0,
            [TimeRange(first=0, count=len(times), first_time=first, last_time=last, take=None)],
            Completeness(rule="on_demand", expected=None, records=len(times)),
            from_ms(span.start),
            from_ms(span.end),
        )

    def _mission(self, mission_id: str) -> Mission:
        if mission_id not in self._missions:
            raise NotFound(f"there is no mission {mission_id} here")
        return self._missions[mission_id]


def request_hash(request: SubmitRequest) -> str:
    """A hash of what the request asks, the same however it was written."""
    asked = request.model_dump(mode="json", by_alias=True)
    return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


@dataclass(frozen=True, slots=True)
class _Submission:
    key: str | None
    digest: str
    now_ms: int


def _job(job_id: str, subject: Subject, request: SubmitRequest, submission: _Submission) -> NewJob:
    unknown = [s for s in request.subsystems or [] if s not in subject.mission.subsystems]
    if unknown:
        known = ", ".join(subject.mission.subsystems)
        raise InvalidRequest.of("body.subsystems", f"mission {subject.mission.id} has no {unknown[0]}; it has {known}")
    subsystems = list(dict.fromkeys(request.subsystems or subject.mission.subsystems))
    tasks = [
        JudgeTask(
            judgement_id=ids.job_judgement_id(job_id, subsystem),
            mission=subject.mission.id,
            satellite_id=subject.satellite_id,
            batch_id=subject.batch_id or f"job-{job_id}",
            batch_uid=subject.batch_uid or job_id,
            revision=subject.revision,
            subsystem=subsystem,
            subsystems=subsystems,
            ranges=subject.ranges,
            completeness=subject.completeness,
            marker_time=None,
            requested_at=submission.now_ms,
            job_id=job_id,
            model=request.model,
            stream=subject.stream,
        )
        for subsystem in subsystems
    ]
    return NewJob(
        job_id,
        submission.key,
        submission.digest,
        subject.satellite_id,
        subject.mission.id,
        subject.batch_uid,
        subject.first_time,
        subject.last_time,
        request.model,
        subsystems,
        msgspec.to_builtins(tasks),
    )


def _same(row: Row, digest: str) -> Row:
    if row["request_hash"] != digest:
        raise InvalidRequest.of("header.idempotency-key", "this key was used with another request")
    return row


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
