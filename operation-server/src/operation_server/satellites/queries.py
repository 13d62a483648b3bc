"""The satellites that were heard: their newest sample, and the version of what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from operation_server.db.rows import Row
from operation_server.db.tables import batch, satellite, satellite_channel

Key = tuple[str, str]
"""Satellite id and mission."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A satellite of a mission, as last heard. ``version`` rises with all that could change an answer about it."""

    satellite_id: str
    mission: str
    newest_sample: datetime | None
    version: int


def advance(connection: Connection, newest: Mapping[Key, datetime | None]) -> None:
    """Raise the version of these satellites, and their newest sample if theirs is later.

    Every transaction takes these rows after those of ``batch``, in this order, so that none waits in a circle.
    """
    rows = [{"satellite_id": s, "mission": m, "newest_sample": newest[s, m], "version": 1} for s, m in sorted(newest)]
    if not rows:
        return
    new = insert(satellite)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[satellite.c.satellite_id, satellite.c.mission],
            set_={
                "version": satellite.c.version + 1,
                "newest_sample": func.greatest(satellite.c.newest_sample, new.excluded.newest_sample),
                "heard_at": func.clock_timestamp(),
            },
        ),
        rows,
    )


def learn_channels(connection: Connection, channels: Sequence[tuple[str, str, str]]) -> None:
    """Remember that these satellites (satellite id, mission, channel) have these channels."""
    rows = [{"satellite_id": s, "mission": m, "channel": c} for s, m, c in sorted(set(channels))]
    if rows:
        connection.execute(insert(satellite_channel).on_conflict_do_nothing(), rows)


def find(connection: Connection, satellite_id: str, mission: str | None) -> Heard | None:
    """The satellite; of several missions the one it was heard of last."""
    wanted = select(satellite).where(satellite.c.satellite_id == satellite_id)
    if mission is not None:
        wanted = wanted.where(satellite.c.mission == mission)
    row = connection.execute(wanted.order_by(satellite.c.heard_at.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    return Heard(row["satellite_id"], row["mission"], row["newest_sample"], row["version"])


def similar(connection: Connection, limit: int = 1000) -> list[str]:
    """Ids of satellites, for a message that names the closest."""
    return list(connection.scalars(select(satellite.c.satellite_id).distinct().limit(limit)))


def known_channels(connection: Connection, satellite_id: str, mission: str) -> list[str]:
    """Channels of the satellite that were judged so far, sorted."""
    return list(
        connection.scalars(
            select(satellite_channel.c.channel)
            .where(satellite_channel.c.satellite_id == satellite_id, satellite_channel.c.mission == mission)
            .order_by(satellite_channel.c.channel)
        )
    )


def page(
    connection: Connection,
    mission: str | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[Row]:
    """Satellites that were heard, in the order of mission and id, after the one given."""
    s = satellite.c
    count = (
        select(func.count())
        .where(batch.c.satellite_id == s.satellite_id, batch.c.mission == s.mission)
        .scalar_subquery()
    )
    newest = (
        select(batch.c.verdict, batch.c.verdict_time)
        .where(batch.c.satellite_id == s.satellite_id, batch.c.mission == s.mission, batch.c.revision.is_not(None))
        .order_by(batch.c.last_time.desc())
        .limit(1)
        .lateral("newest")
    )
    statement = (
        select(satellite, count.label("batches"), newest.c.verdict, newest.c.verdict_time)
        .select_from(satellite)
        .outerjoin(newest, text("true"))
        .order_by(s.mission, s.satellite_id)
        .limit(limit)
    )
    if mission is not None:
        statement = statement.where(s.mission == mission)
    if after is not None:
        statement = statement.where(tuple_(s.mission, s.satellite_id) > tuple_(*after))
    return list(connection.execute(statement).mappings())


def heard(connection: Connection) -> list[tuple[str, str]]:
    """Mission and id of every satellite that was heard."""
    rows = connection.execute(select(satellite.c.mission, satellite.c.satellite_id))
    return [(mission, satellite_id) for mission, satellite_id in rows]
