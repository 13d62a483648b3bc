"""Messages that could not be used, kept with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from operation_server.consume.decode import Rejected
from operation_server.store.tables import rejected_message


def keep(connection: Connection, rejected: Sequence[Rejected]) -> None:
    """Keep them; one that is kept already stays as it is."""
    if not rejected:
        return
    rows = [
        {
            "topic": r.source.topic,
            "partition_no": r.source.partition,
            "offset_no": r.source.offset,
            "reason": r.reason.replace("\x00", "\ufffd"),
            "payload": r.payload,
        }
        for r in rejected
    ]
    connection.execute(insert(rejected_message).on_conflict_do_nothing(), rows)
