"""Incidents as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from operation_server.alarms import rows
from operation_server.alarms.rows import IncidentState
from operation_server.alarms.schemas import ActItem, AffectedItem, AlarmDetail, AlarmItem, FindingItem, GuidanceItem
from operation_server.db.rows import Row
from operation_server.missions_in_use import Missions, unit_of
from operation_server.times import from_ms

_SAME = [name for name in AlarmItem.model_fields if name in IncidentState.__dataclass_fields__ and name != "channels"]
_ALARM = ("state", "raised", "suppressed", "out_of_service", "annunciated")


def alarm_item(state: IncidentState, missions: Missions) -> AlarmItem:
    """An incident in a list, and on the live stream."""
    return AlarmItem(**_fields(state, missions))


def _fields(state: IncidentState, missions: Missions) -> dict[str, Any]:
    alarm = state.alarm
    times = {name: getattr(alarm, name) for name in ("raised_at", "acknowledged_at", "shelved_until")}
    return {
        **{name: getattr(state, name) for name in _SAME},
        **{name: getattr(alarm, name) for name in _ALARM},
        **{name: None if at is None else from_ms(at) for name, at in times.items()},
        "end": state.end_time,
        "unit": unit_of(missions, state.mission, state.channel) if state.channel else None,
        "affected": len(state.channels),
    }


def alarm_detail(
    state: IncidentState, findings: Sequence[Row], history: Sequence[Row], missions: Missions
) -> AlarmDetail:
    """An incident with its findings and its history."""
    said = rows.guidance(missions, state.mission, state.subsystem, state.channel)
    return AlarmDetail(
        **_fields(state, missions),
        channels=[
            AffectedItem(**{**c, "onset": from_ms(c["onset"]), "end": from_ms(c["end"])}) for c in state.channels
        ],
        advice=GuidanceItem(
            cause=said.cause, consequence=said.consequence, response=said.response, guidance=said.guidance
        ),
        latest_findings=[
            FindingItem(
                **{name: r[name] for name in FindingItem.model_fields if name in r},
                start=r["start_time"],
                end=r["end_time"],
            )
            for r in findings
        ],
        history=[ActItem(**{name: r[name] for name in ActItem.model_fields}) for r in history],
    )
