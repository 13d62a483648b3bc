"""The documents that are searched: what is shown now, in the order in which that changed.

The table is PostgreSQL's own index, and the outbox of any other one. ``shown`` says whether a document belongs to a
current revision or to a job; ``change`` is a number from one sequence, drawn anew whenever what is shown changes, that
rises in the order of commit. So who has read all changes up to one has missed none before it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from operation_server.db.rows import Row
from operation_server.db.tables import batch, search_change, search_document, search_index
from operation_server.search.words import MOST, words

d = search_document.c
SEARCHED = ("satellite_id", "batch_id", "mission", "subsystem", "channel", "severity", "body")
"""What of a document is searched by words."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far another index has followed: its name (None: there is none), the last change it has, and the last one."""

    name: str | None
    position: int
    newest: int

    @property
    def behind(self) -> int:
        """How many changes it lacks, at most."""
        return self.newest - self.position

    @property
    def complete(self) -> bool:
        """Whether it is there and has everything."""
        return self.name is not None and self.position >= self.newest


def searched_words(document: dict[str, Any]) -> list[str]:
    """The words by which a document is found."""
    return words(" ".join(document[name] for name in SEARCHED if document[name]))[:MOST]


def put(connection: Connection, documents: Sequence[dict[str, Any]]) -> None:
    """Store documents of verdicts and events; they are not shown yet."""
    rows = [document | {"words": searched_words(document)} for document in documents]
    connection.execute(pg_insert(search_document).on_conflict_do_nothing(), rows)


def show(connection: Connection, judgement_ids: Collection[str], batch_uids: Collection[str]) -> None:
    """Show what belongs to a job or to the current revision, of these judgements and batches, and nothing else.

    Needs :func:`operation_server.live.queries.lock`, which keeps the changes in the order of commit.
    """
    current = select(batch.c.revision).where(batch.c.batch_uid == d.batch_uid).scalar_subquery()
    belongs = case((d.job_id.is_not(None), True), else_=func.coalesce(current == d.revision, False))
    touched = or_(d.judgement_id.in_(judgement_ids), and_(d.batch_uid.in_(batch_uids), d.job_id.is_(None)))
    statement = update(search_document).where(touched, d.kind != "batch", d.shown.is_distinct_from(belongs))
    connection.execute(statement.values(shown=belongs, change=search_change.next_value()))
    put_batches(connection, batch_uids)


def put_batches(connection: Connection, batch_uids: Collection[str]) -> None:
    """Bring the documents of these batches to what is known of them now. Needs the live events' lock too."""
    found = connection.execute(select(batch).where(batch.c.batch_uid.in_(batch_uids)).order_by(batch.c.batch_uid))
    rows = [batch_document(row) for row in found.mappings()]
    if not rows:
        return
    new = pg_insert(search_document)
    follows = ("batch_id", "revision", "verdict", "at", "body", "words")
    values = {name: new.excluded[name] for name in follows}
    differs = or_(*(d[name].is_distinct_from(new.excluded[name]) for name in ("revision", "verdict", "at", "body")))
    statement = new.values(shown=True, change=search_change.next_value()).on_conflict_do_update(
        index_elements=[d.id], set_={**values, "change": search_change.next_value()}, where=differs
    )
    connection.execute(statement, rows)


def batch_document(row: Row) -> dict[str, Any]:
    """The document of a batch, from its row: in words where it stands, and how it was judged."""
    judged = row["revision"] is not None
    said = f"{row['verdict']}, {row['events']} events" if judged else str(row["status"]).lower()
    document = {
        "id": row["batch_uid"],
        "kind": "batch",
        "judgement_id": None,
        "batch_uid": row["batch_uid"],
        "batch_id": row["batch_id"],
        "job_id": None,
        "satellite_id": row["satellite_id"],
        "mission": row["mission"],
        "subsystem": None,
        "revision": row["revision"] or 0,
        "channel": None,
        "verdict": row["verdict"],
        "severity": None,
        "at": row["last_time"] or row["heard_at"],
        "body": f"batch {row['batch_id']}: {said}",
    }
    return document | {"words": searched_words(document)}


def changed(connection: Connection, after: int, limit: int) -> list[Row]:
    """The documents whose last change is after this one, in the order of the changes, at most ``limit``."""
    statement = select(search_document).where(d.change > after).order_by(d.change).limit(limit)
    return list(connection.execute(statement).mappings())


def index_state(connection: Connection) -> IndexState:
    """How far the other index has followed."""
    newest = select(func.coalesce(func.max(d.change), 0)).scalar_subquery()
    row = connection.execute(select(newest)).scalar_one()
    index = connection.execute(select(search_index.c.name, search_index.c.position)).first()
    return IndexState(None, 0, row) if index is None else IndexState(index.name, index.position, row)


def begin_index(connection: Connection, name: str) -> None:
    """From now on the other index is this one, which is empty."""
    connection.execute(delete(search_index))
    connection.execute(search_index.insert().values(name=name, position=0))


def advance_index(connection: Connection, name: str, position: int) -> None:
    """The index of this name has every change up to ``position``."""
    connection.execute(update(search_index).where(search_index.c.name == name).values(position=position))
