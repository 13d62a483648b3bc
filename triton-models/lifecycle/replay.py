"""Stored batches judged again, as the worker would, by any calibration and the models that it was fitted with."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analysis_worker.align import Aligned
from analysis_worker.read import SamplesReader
from detection.api import Detector
from lifecycle.diff import Event
from passwatch import ids
from passwatch.contracts import Completeness, JudgeTask, TimeRange
from passwatch.mission import Mission


@dataclass(frozen=True, slots=True)
class Batch:
    """A stored batch: whose it is, and its first and last record's time (ms)."""

    uid: str
    batch_id: str
    mission: str
    satellite_id: str
    first_time: int
    last_time: int
    records: int
    expected: int | None

    @property
    def observed_ms(self) -> int:
        """How long it lasts."""
        return self.last_time - self.first_time

    @classmethod
    def of(cls, item: dict[str, Any]) -> Batch:
        """From what the API lists."""
        return cls(
            item["batch_uid"],
            item["batch_id"],
            item["mission"],
            item["satellite_id"],
            milliseconds(item["first_time"]),
            milliseconds(item["last_time"]),
            item["records"],
            item["expected"],
        )


def milliseconds(text: str) -> int:
    """An instant of the API in ms since the epoch."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def replay(batch: Batch, mission: Mission, reader: SamplesReader, detectors: Sequence[Detector]) -> list[list[Event]]:
    """What each detector finds in the batch.

    Raises:
        passwatch.victoria.VictoriaUnavailable: it does not answer.
    """
    found: list[list[Event]] = [[] for _ in detectors]
    for subsystem in mission.subsystems:
        task = _task(batch, subsystem)
        read = reader.read_for(task, mission, detectors)
        for events, detector, aligned in zip(found, detectors, read, strict=True):
            events.extend(_judged(batch, detector, aligned))
    return found


def _judged(batch: Batch, detector: Detector, aligned: Aligned) -> Iterator[Event]:
    for event in detector.judge(aligned.inputs, aligned.context).events:
        yield Event(
            batch.satellite_id,
            event.channel,
            event.start,
            event.end,
            event.severity,
            event.score,
            event.detector,
            event.explanation,
        )


def _task(batch: Batch, subsystem: str) -> JudgeTask:
    whole = TimeRange(first=0, count=batch.records, first_time=batch.first_time, last_time=batch.last_time, take=None)
    return JudgeTask(
        judgement_id=ids.job_judgement_id("shadow", subsystem),
        mission=batch.mission,
        satellite_id=batch.satellite_id,
        batch_id=batch.batch_id,
        batch_uid=batch.uid,
        revision=0,
        subsystem=subsystem,
        subsystems=[subsystem],
        ranges=[whole],
        completeness=Completeness(rule="on_demand", expected=batch.expected, records=batch.records),
        marker_time=None,
        requested_at=time.time_ns() // 1_000_000,
    )
