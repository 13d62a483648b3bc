"""Batches out of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, tuple_

from operation_server.paging import Position
from operation_server.schemas.batches import (
    BatchDetail,
    BatchSummary,
    ChannelReport,
    EventItem,
    MovedEvent,
    OverlapItem,
    RevisionDiff,
    RevisionItem,
    VerdictChange,
)
from operation_server.store import events
from operation_server.store.provenance import JUDGED, provenance_item
from operation_server.store.summaries import (
    Missions,
    Row,
    batch_head,
    batch_summary,
    channel_report,
    subsystem_verdict,
)
from operation_server.store.tables import batch, judgement, judgement_channel, revision
from operation_server.verdicts.diff import diff_events, diff_verdicts

MAX_OVERLAPS = 100


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which batches; None takes all. ``start`` and ``end`` select batches with a record in the span."""

    satellite_id: str | None = None
    mission: str | None = None
    verdict: str | None = None
    status: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def page(
    connection: Connection, wanted: BatchFilter, position: Position | None, limit: int
) -> list[tuple[Position, BatchSummary]]:
    """Batches that match, each with its position in the list: those heard of last first."""
    b = batch.c
    statement = select(batch)
    for name in ("satellite_id", "mission", "verdict", "status"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(b[name] == value)
    if wanted.start is not None:
        statement = statement.where(b.last_time >= wanted.start)
    if wanted.end is not None:
        statement = statement.where(b.first_time <= wanted.end)
    if position is not None:
        statement = statement.where(tuple_(b.heard_at, b.batch_uid) < tuple_(position.at, position.id))
    rows = connection.execute(statement.order_by(b.heard_at.desc(), b.batch_uid.desc()).limit(limit)).mappings()
    return [(Position(row["heard_at"], row["batch_uid"]), batch_summary(row)) for row in rows]


def uids_of(connection: Connection, batch_id: str) -> list[str]:
    """The batches that ground stations gave this id, of any satellite."""
    return list(connection.scalars(select(batch.c.batch_uid).where(batch.c.batch_id == batch_id).limit(10)))


def detail(connection: Connection, batch_uid: str, missions: Missions) -> BatchDetail | None:
    """A batch with all its revisions and the evidence of the current one; None if there is no such batch."""
    row = connection.execute(select(batch).where(batch.c.batch_uid == batch_uid)).mappings().first()
    if row is None:
        return None
    judged = _judgements(connection, batch_uid)
    of_revision = events.of_batch(connection, batch_uid, missions)
    current = row["revision"]
    now = judged.get(current, [])
    return BatchDetail(
        **batch_head(row),
        events=of_revision.get(current, []),
        revisions=_revisions(connection, batch_uid, current, judged, of_revision),
        channels=channels_of(connection, [j["judgement_id"] for j in now], missions),
        subsystems=[subsystem_verdict(j) for j in now],
        provenance=[provenance_item(j) for j in now],
        overlaps=_overlaps(connection, row),
    )


def _overlaps(connection: Connection, row: Row) -> list[OverlapItem]:
    """The other batches of the same stream with records from the same span of time, the earliest heard of first."""
    b = batch.c
    rows = connection.execute(
        select(b.batch_uid, b.batch_id, b.verdict, b.first_time, b.last_time)
        .where(
            b.satellite_id == row["satellite_id"],
            b.mission == row["mission"],
            b.stream == row["stream"],
            b.batch_uid != row["batch_uid"],
            b.first_time <= row["last_time"],
            b.last_time >= row["first_time"],
        )
        .order_by(b.heard_at, b.batch_uid)
        .limit(MAX_OVERLAPS)
    ).mappings()
    return [
        OverlapItem.model_validate(
            {
                "batch_uid": other["batch_uid"],
                "batch_id": other["batch_id"],
                "verdict": other["verdict"],
                "from": max(other["first_time"], row["first_time"]),
                "to": min(other["last_time"], row["last_time"]),
            }
        )
        for other in rows
    ]


def ranges_of_current(connection: Connection, batch_uid: str) -> Mapping[str, Any] | None:
    """Satellite, mission, and the current revision with its ranges; None if the batch has no verdict yet."""
    columns = (
        batch.c.satellite_id,
        batch.c.mission,
        batch.c.batch_id,
        batch.c.received_records,
        batch.c.stream,
        revision,
    )
    is_current = and_(revision.c.batch_uid == batch.c.batch_uid, revision.c.revision == batch.c.revision)
    row = connection.execute(
        select(*columns).select_from(batch).outerjoin(revision, is_current).where(batch.c.batch_uid == batch_uid)
    )
    found = row.mappings().first()
    return dict(found) if found else None


def channels_of(connection: Connection, judgement_ids: Sequence[str], missions: Missions) -> list[ChannelReport]:
    """The channels of these judgements, in the order of the missions' files, then by name."""
    rows = connection.execute(
        select(judgement_channel, judgement.c.subsystem, judgement.c.mission)
        .join(judgement, judgement.c.judgement_id == judgement_channel.c.judgement_id)
        .where(judgement.c.judgement_id.in_(judgement_ids))
    ).mappings()
    order = {(m.id, c.name): i for m in missions.values() for i, c in enumerate(m.channels)}
    in_order = sorted(rows, key=lambda r: (order.get((r["mission"], r["channel"]), len(order)), r["channel"]))
    return [channel_report(row, missions) for row in in_order]


def _judgements(connection: Connection, batch_uid: str) -> dict[int, list[Row]]:
    rows = connection.execute(
        JUDGED.where(judgement.c.batch_uid == batch_uid, judgement.c.job_id.is_(None)).order_by(
            func.lower(judgement.c.subsystem)
        )
    ).mappings()
    of_revision: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        of_revision[row["revision"]].append(row)
    return dict(of_revision)


def _revisions(
    connection: Connection,
    batch_uid: str,
    current: int | None,
    judged: Mapping[int, Sequence[Row]],
    of_revision: Mapping[int, Sequence[EventItem]],
) -> list[RevisionItem]:
    statement = select(revision).where(revision.c.batch_uid == batch_uid).order_by(revision.c.revision)
    items: list[RevisionItem] = []
    previous: Row | None = None
    for row in connection.execute(statement).mappings():
        number = row["revision"]
        diff = None
        if row["complete"]:
            diff = _diff(previous, row, judged, of_revision) if previous else None
            previous = row
        items.append(
            RevisionItem(
                **{name: row[name] for name in _REVISION_FIELDS},
                current=number == current,
                subsystems=[subsystem_verdict(j) for j in judged.get(number, [])],
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
