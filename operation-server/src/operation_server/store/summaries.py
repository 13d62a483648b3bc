"""Rows as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from operation_server.schemas.batches import BatchSummary, ChannelReport, EventItem, SubsystemVerdict
from operation_server.verdicts.aggregate import completeness
from passwatch.mission import Mission

Row = Mapping[str, Any] | RowMapping
Missions = Mapping[str, Mission]


def batch_head(row: Row) -> dict[str, Any]:
    """What a batch's summary and its detail have in common, from a row of ``batch``."""
    judged = row["revision"] is not None
    return {
        **{
            name: row[name]
            for name in (
                "batch_uid",
                "batch_id",
                "satellite_id",
                "mission",
                "stream",
                "status",
                "verdict",
                "revision",
                "expected",
                "rule",
                "first_time",
                "last_time",
                "marker_time",
                "verdict_time",
                "seconds_to_verdict",
                "worst_channels",
            )
        },
        "records": row["judged_records"] if judged else row["received_records"],
        "completeness": row["completeness"] if judged else completeness(row["received_records"], row["expected"]),
    }


def batch_summary(row: Row) -> BatchSummary:
    """A batch in a list, from a row of ``batch``."""
    return BatchSummary(**batch_head(row), events=row["events"])


def event_item(row: Row, missions: Missions) -> EventItem:
    """An event, from a row of ``event``."""
    return EventItem(
        **{name: row[name] for name in _EVENT_FIELDS},
        unit=unit_of(missions, row["mission"], row["channel"]),
        start=row["start_time"],
        end=row["end_time"],
        peak=row["peak_time"],
    )


def subsystem_verdict(row: Row) -> SubsystemVerdict:
    """A subsystem's verdict, from a row of ``judgement``."""
    return SubsystemVerdict(
        subsystem=row["subsystem"],
        verdict=row["verdict"],
        reason=row["reason"],
        judgement_id=row["judgement_id"],
        verdict_time=row["committed_at"],
        events=row["events"],
    )


def channel_report(row: Row, missions: Missions) -> ChannelReport:
    """A channel's report, from a row of ``judgement_channel`` joined with its judgement."""
    return ChannelReport(
        **{name: row[name] for name in _CHANNEL_FIELDS},
        unit=unit_of(missions, row["mission"], row["channel"]),
        completeness=completeness(row["samples"], row["expected"]),
    )


def unit_of(missions: Missions, mission: str, channel: str) -> str | None:
    """The unit of a channel; None if no mission in use knows it."""
    found = missions[mission].channel(channel) if mission in missions else None
    return found.unit if found else None


_EVENT_FIELDS = [n for n in EventItem.model_fields if n not in ("unit", "start", "end", "peak")]
_CHANNEL_FIELDS = [n for n in ChannelReport.model_fields if n not in ("unit", "completeness")]
