"""Events as the API shows them."""

from __future__ import annotations

from operation_server.db.rows import Row
from operation_server.events.schemas import EventItem
from operation_server.missions_in_use import Missions, unit_of


def event_item(row: Row, missions: Missions) -> EventItem:
    """An event, from a row of ``event``."""
    return EventItem(
        **{name: row[name] for name in _EVENT_FIELDS},
        unit=unit_of(missions, row["mission"], row["channel"]),
        start=row["start_time"],
        end=row["end_time"],
        peak=row["peak_time"],
    )


_EVENT_FIELDS = [n for n in EventItem.model_fields if n not in ("unit", "start", "end", "peak")]
