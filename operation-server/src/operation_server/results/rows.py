"""Contracts as rows, before anything is written: what is wrong with a result shows here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from operation_server.times import from_ms
from passwatch import ids
from passwatch.contracts import AnomalyEvent, ChannelResult, SubsystemResult, TimeRange
from passwatch.streaming.faults import UNUSABLE, Reject

NUL = "\x00"


@dataclass(frozen=True, slots=True)
class ResultRows:
    """Everything that one result becomes."""

    result: SubsystemResult
    judgement: dict[str, Any]
    channels: Sequence[ChannelResult]
    events: list[dict[str, Any]]
    documents: list[dict[str, Any]]

    @property
    def judgement_id(self) -> str:
        """The judgement's id."""
        return self.result.judgement_id

    @property
    def key(self) -> tuple[str, int] | None:
        """Batch and revision that it belongs to; None if it belongs to a job."""
        return None if self.result.job_id else (self.result.batch_uid, self.result.revision)


def rows_of(result: SubsystemResult, job_batch_uid: str | None = None) -> ResultRows:
    """The rows of a result. ``job_batch_uid`` is the batch that a job's result is about, if any.

    Raises:
        Reject: it contradicts itself or cannot be stored.
    """
    try:
        for uid in (result.judgement_id, result.batch_uid, *([result.job_id] if result.job_id else [])):
            UUID(uid)
        batch_uid = job_batch_uid if result.job_id else result.batch_uid
        judgement = _judgement(result, batch_uid)
        events = [_event(result, batch_uid, event) for event in result.events]
    except (ValueError, OverflowError) as error:
        raise Reject(UNUSABLE, str(error)) from error
    if result.subsystem not in result.subsystems:
        raise Reject(UNUSABLE, f"subsystem {result.subsystem!r} is not one of {result.subsystems}")
    if len({channel.channel for channel in result.channels}) != len(result.channels):
        raise Reject(UNUSABLE, "a channel occurs twice")
    if _holds_nul(result):
        raise Reject(UNUSABLE, "a text holds NUL, which PostgreSQL does not store")
    return ResultRows(result, judgement, result.channels, events, _documents(judgement, events))


def _holds_nul(result: SubsystemResult) -> bool:
    texts = [result.reason, result.batch_id, result.subsystem, result.model, *result.subsystems]
    texts += [t for c in result.channels for t in (c.channel, c.note)]
    texts += [t for e in result.events for t in (e.channel, e.detector, e.explanation)]
    made_by = result.provenance
    if made_by:
        texts += [made_by.calibration, made_by.mission_revision, made_by.input_hash, made_by.code_version]
        texts += [t for item in made_by.models.items() for t in item]
    return any(NUL in t for t in texts if t)


def bounds(ranges: Sequence[TimeRange]) -> tuple[datetime | None, datetime | None]:
    """Event times of the first and the last record of the ranges."""
    if not ranges:
        return None, None
    return from_ms(min(r.first_time for r in ranges)), from_ms(max(r.last_time for r in ranges))


def _judgement(result: SubsystemResult, batch_uid: str | None) -> dict[str, Any]:
    first, last = bounds(result.ranges)
    made_by, timings = result.provenance, result.timings
    return {
        "judgement_id": result.judgement_id,
        "batch_uid": batch_uid,
        "batch_id": None if result.job_id and batch_uid is None else result.batch_id,
        "job_id": result.job_id,
        "satellite_id": result.satellite_id,
        "mission": result.mission,
        "subsystem": result.subsystem,
        "revision": result.revision,
        "verdict": result.verdict,
        "reason": result.reason,
        "events": len(result.events),
        "first_time": first,
        "last_time": last,
        "marker_time": None if result.marker_time is None else from_ms(result.marker_time),
        "models": made_by.models if made_by else {},
        "calibration": made_by.calibration if made_by else None,
        "mission_revision": made_by.mission_revision if made_by else None,
        "input_hash": made_by.input_hash if made_by else None,
        "history_samples": made_by.history_samples if made_by else None,
        "history_required": made_by.history_required if made_by else None,
        "code_version": made_by.code_version if made_by else None,
        "calibration_scope": made_by.calibration_scope if made_by else None,
        "requested_at": from_ms(timings.requested_at),
        "started_at": from_ms(timings.started_at),
        "finished_at": from_ms(timings.finished_at),
        "read_s": timings.read_s,
        "forecast_s": timings.forecast_s,
        "score_s": timings.score_s,
    }


def _event(result: SubsystemResult, batch_uid: str | None, event: AnomalyEvent) -> dict[str, Any]:
    if not event.start <= event.peak <= event.end:
        raise Reject(UNUSABLE, f"event on {event.channel}: its peak lies outside of it")
    return {
        "event_id": ids.event_id(result.judgement_id, event.channel, event.detector, event.start),
        "judgement_id": result.judgement_id,
        "job_id": result.job_id,
        "batch_uid": batch_uid,
        "batch_id": None if result.job_id and batch_uid is None else result.batch_id,
        "satellite_id": result.satellite_id,
        "mission": result.mission,
        "subsystem": result.subsystem,
        "revision": result.revision,
        "channel": event.channel,
        "start_time": from_ms(event.start),
        "end_time": from_ms(event.end),
        "peak_time": from_ms(event.peak),
        "severity": event.severity,
        "score": event.score,
        "threshold": event.threshold,
        "detector": event.detector,
        "share": event.share,
        "value": event.value,
        "forecast": event.forecast,
        "explanation": event.explanation,
        "confidence": event.confidence,
    }


def _documents(judgement: dict[str, Any], events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shared = {
        name: judgement[name]
        for name in (
            "judgement_id",
            "batch_uid",
            "batch_id",
            "job_id",
            "satellite_id",
            "mission",
            "subsystem",
            "revision",
        )
    }
    body = f"{judgement['subsystem']}: {judgement['verdict']}" + (
        f" - {judgement['reason']}" if judgement["reason"] else ""
    )
    documents = [
        shared
        | {
            "id": judgement["judgement_id"],
            "kind": "verdict",
            "channel": None,
            "verdict": judgement["verdict"],
            "severity": None,
            "at": judgement["last_time"] or judgement["requested_at"],
            "body": body,
        }
    ]
    documents += [
        shared
        | {
            "id": event["event_id"],
            "kind": "event",
            "channel": event["channel"],
            "verdict": "ANOMALY",
            "severity": event["severity"],
            "at": event["start_time"],
            "body": event["explanation"],
        }
        for event in events
    ]
    return documents
