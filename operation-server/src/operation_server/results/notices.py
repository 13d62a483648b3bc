"""What the live stream says of results that were stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import Connection, func, select, tuple_

from operation_server.batches.answers import batch_summary
from operation_server.batches.diff import diff_events
from operation_server.db.tables import batch, event, revision, satellite
from operation_server.events.answers import event_item
from operation_server.events.schemas import EventItem
from operation_server.live.schemas import AnomalyNotice, VerdictNotice
from operation_server.missions_in_use import Missions
from operation_server.results.rows import ResultRows
from operation_server.satellites import queries as satellites
from operation_server.times import from_ms

LIVE_WINDOW = timedelta(days=2)
"""Events that ended longer than this before the satellite's newest sample are old data, and raise no alarm."""


def notices_of(
    connection: Connection, new: Sequence[ResultRows], now: datetime, missions: Missions
) -> list[tuple[str, str]]:
    """Kind and JSON of an event for each verdict, each new anomaly, and each batch; ``now`` is the commit's time."""
    notices: list[tuple[str, BaseModel]] = []
    newest = newest_samples(connection, new)
    for rows in new:
        judged = rows.judgement
        notices.append(("verdict", VerdictNotice(**{n: judged[n] for n in _NOTICE_FIELDS}, verdict_time=now)))
        horizon = newest[judged["satellite_id"], judged["mission"]] - LIVE_WINDOW
        items = [event_item(e, missions) for e in rows.events]
        for item in _not_known_before(connection, rows, items, missions):
            notices.append(("anomaly", AnomalyNotice(**item.model_dump(), live=item.end >= horizon)))
    uids = sorted({rows.result.batch_uid for rows in new})
    for row in connection.execute(
        select(batch).where(batch.c.batch_uid.in_(uids)).order_by(batch.c.batch_uid)
    ).mappings():
        notices.append(("batch", batch_summary(row)))
    return [(kind, data.model_dump_json()) for kind, data in notices]


def newest_samples(connection: Connection, new: Sequence[ResultRows]) -> dict[satellites.Key, datetime]:
    """The newest sample of each satellite that results are about."""
    keys = {(rows.result.satellite_id, rows.result.mission) for rows in new}
    wanted = tuple_(satellite.c.satellite_id, satellite.c.mission).in_(keys)
    found = connection.execute(
        select(satellite.c.satellite_id, satellite.c.mission, satellite.c.newest_sample).where(wanted)
    )
    return {(s, m): newest or from_ms(0) + LIVE_WINDOW for s, m, newest in found}


def _not_known_before(
    connection: Connection, rows: ResultRows, items: list[EventItem], missions: Missions
) -> list[EventItem]:
    """The events that no complete revision before this one has."""
    if not items:
        return []
    former = connection.execute(
        select(func.max(revision.c.revision)).where(
            revision.c.batch_uid == rows.result.batch_uid,
            revision.c.revision < rows.result.revision,
            revision.c.complete,
        )
    ).scalar()
    if former is None:
        return items
    of_former = (event.c.batch_uid == rows.result.batch_uid) & (event.c.revision == former) & event.c.job_id.is_(None)
    known = [event_item(row, missions) for row in connection.execute(select(event).where(of_former)).mappings()]
    return diff_events(known, items).gained


_NOTICE_FIELDS = [n for n in VerdictNotice.model_fields if n != "verdict_time"]
