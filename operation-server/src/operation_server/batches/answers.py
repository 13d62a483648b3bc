"""Batches as the API shows them, from the rows of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from operation_server.batches.diff import diff_events, diff_verdicts
from operation_server.batches.queries import BatchRows
from operation_server.batches.schemas import (
    BatchDetail,
    BatchSummary,
    MovedEvent,
    OverlapItem,
    RevisionDiff,
    RevisionItem,
    VerdictChange,
)
from operation_server.db.rows import Row
from operation_server.events.answers import event_item
from operation_server.events.schemas import EventItem
from operation_server.judgements.aggregate import completeness
from operation_server.judgements.answers import channel_reports, provenance_item, subsystem_verdict
from operation_server.missions_in_use import Missions


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


def batch_detail(rows: BatchRows, missions: Missions) -> BatchDetail:
    """A batch with all its revisions and the evidence of the current one."""
    current = rows.batch["revision"]
    events = {number: [event_item(e, missions) for e in of_revision] for number, of_revision in rows.events.items()}
    judged = rows.judgements.get(current, [])
    return BatchDetail(
        **batch_head(rows.batch),
        events=events.get(current, []),
        revisions=_revisions(rows, events),
        channels=channel_reports(rows.channels, missions),
        subsystems=[subsystem_verdict(j) for j in judged],
        provenance=[provenance_item(j) for j in judged],
        overlaps=[_overlap(other, rows.batch) for other in rows.overlaps],
    )


def _overlap(other: Row, row: Row) -> OverlapItem:
    return OverlapItem.model_validate(
        {
            "batch_uid": other["batch_uid"],
            "batch_id": other["batch_id"],
            "verdict": other["verdict"],
            "from": max(other["first_time"], row["first_time"]),
            "to": min(other["last_time"], row["last_time"]),
        }
    )


def _revisions(rows: BatchRows, events: Mapping[int, Sequence[EventItem]]) -> list[RevisionItem]:
    items: list[RevisionItem] = []
    previous: Row | None = None
    for row in rows.revisions:
        number = row["revision"]
        diff = None
        if row["complete"]:
            diff = _diff(previous, row, rows.judgements, events) if previous else None
            previous = row
        items.append(
            RevisionItem(
                **{name: row[name] for name in _REVISION_FIELDS},
                current=number == rows.batch["revision"],
                subsystems=[subsystem_verdict(j) for j in rows.judgements.get(number, [])],
                diff=diff,
            )
        )
    return items[::-1]


def _diff(
    before: Row, after: Row, judged: Mapping[int, Sequence[Row]], of_revision: Mapping[int, Sequence[EventItem]]
) -> RevisionDiff:
    old, new = before["revision"], after["revision"]
    changed = diff_events(of_revision.get(old, []), of_revision.get(new, []))
    verdicts = diff_verdicts(_by_subsystem(judged[old]), _by_subsystem(judged[new]))
    return RevisionDiff(
        previous=old,
        records_added=after["records"] - before["records"],
        gained=changed.gained,
        lost=changed.lost,
        moved=[MovedEvent(before=a, after=b) for a, b in changed.moved],
        verdicts=[VerdictChange.model_validate({"subsystem": n, "before": a, "after": b}) for n, a, b in verdicts],
    )


def _by_subsystem(rows: Sequence[Row]) -> dict[str, str]:
    return {row["subsystem"]: row["verdict"] for row in rows}


_REVISION_FIELDS = [n for n in RevisionItem.model_fields if n not in ("current", "subsystems", "diff")]
