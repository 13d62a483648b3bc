"""Progress messages into the database: batches that are being received."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from operation_server.batches.answers import batch_summary
from operation_server.db.tables import batch
from operation_server.live import queries as live
from operation_server.results.rows import NUL, bounds
from operation_server.results.write import upsert_batches
from operation_server.satellites import queries as satellites
from operation_server.search import documents
from operation_server.times import from_ms
from passwatch import ids
from passwatch.contracts import BatchProgress, TimeRange
from passwatch.streaming.faults import UNUSABLE, Reject


@dataclass(frozen=True, slots=True)
class ProgressRows:
    """What one progress message says, ready to be merged."""

    batch_uid: str
    progress: BatchProgress
    first: datetime | None
    last: datetime | None
    marker_time: datetime | None


def rows_of(progress: BatchProgress) -> ProgressRows:
    """The rows of a progress message.

    Raises:
        Reject: it holds a time that is none.
    """
    if NUL in progress.batch_id:
        raise Reject(UNUSABLE, "the batch id holds NUL")
    try:
        first, last = bounds(_time_ranges(progress))
        marker_time = from_ms(progress.marker.broker_time) if progress.marker else None
    except OverflowError as error:
        raise Reject(UNUSABLE, str(error)) from error
    uid = ids.batch_uid(progress.mission, progress.satellite_id, progress.batch_id, progress.stream)
    return ProgressRows(uid, progress, first, last, marker_time)


def write_progress(connection: Connection, items: Sequence[ProgressRows]) -> None:
    """Merge progress into the batches and satellites, and tell of batches that are new or changed their status."""
    by_uid: dict[str, list[ProgressRows]] = defaultdict(list)
    for item in items:
        by_uid[item.batch_uid].append(item)
    uids = sorted(by_uid)
    if not uids:
        return
    before = _statuses(connection, uids)
    upsert_batches(connection, [_merged(uid, by_uid[uid]) for uid in uids])
    satellites.advance(connection, _newest(items))
    changed = [uid for uid, status in _statuses(connection, uids).items() if before.get(uid) != status]
    if changed:
        live.lock(connection)
        documents.put_batches(connection, changed)
        rows = connection.execute(select(batch).where(batch.c.batch_uid.in_(changed)).order_by(batch.c.batch_uid))
        live.append(connection, [("batch", batch_summary(row).model_dump_json()) for row in rows.mappings()])


def _statuses(connection: Connection, uids: list[str]) -> dict[str, str]:
    wanted = select(batch.c.batch_uid, batch.c.status).where(batch.c.batch_uid.in_(uids))
    return dict(connection.execute(wanted.order_by(batch.c.batch_uid).with_for_update()).all())


def _merged(uid: str, items: Sequence[ProgressRows]) -> dict[str, Any]:
    spans = [f"[{r.first},{r.first + r.count})" for item in items for r in item.progress.ranges]
    marked = max(
        (item for item in items if item.progress.marker),
        key=lambda item: item.progress.marker.records if item.progress.marker else 0,
        default=None,
    )
    marker = marked.progress.marker if marked else None
    head = items[0].progress
    return {
        "batch_uid": uid,
        "batch_id": head.batch_id,
        "satellite_id": head.satellite_id,
        "mission": head.mission,
        "stream": head.stream,
        "received": "{" + ",".join(spans) + "}",
        "first_time": min((i.first for i in items if i.first), default=None),
        "last_time": max((i.last for i in items if i.last), default=None),
        "marker_time": marked.marker_time if marked else None,
        "expected": marker.records if marker else None,
        "latest_revision": None,
    }


def _newest(items: Sequence[ProgressRows]) -> dict[satellites.Key, datetime | None]:
    newest: dict[satellites.Key, datetime | None] = {}
    for item in items:
        key = (item.progress.satellite_id, item.progress.mission)
        last = item.last if item.progress.stream != "test" else None
        newest[key] = max(filter(None, (newest.get(key), last)), default=None)
    return newest


def _time_ranges(progress: BatchProgress) -> list[TimeRange]:
    return [
        TimeRange(first=r.first, count=r.count, first_time=r.first_time, last_time=r.last_time) for r in progress.ranges
    ]
