"""Which satellites, and from when: so that batches follow what is stored and never lie in the future."""

from __future__ import annotations

import re

from batch_simulator import times
from batch_simulator.errors import UsageError
from passwatch.mission import Mission
from passwatch.names import satellite_id_fault

FIRST_CONTACT_MS = 30 * times.DAY_MS
"""A satellite without any sample starts this long ago, which leaves room for batches sent later."""
KEPT_MS = 350 * times.DAY_MS
"""Telemetry is kept for a year: what starts longer ago than this would be refused."""


def satellites(mission: Mission, count: int) -> list[str]:
    """The ids of ``count`` satellites: those that the mission lists, then ids counted on from its last.

    Raises:
        UsageError: the mission does not take ids counted on like that.
    """
    ids = [s.id for s in mission.content.satellites][:count]
    stem, number = _stem(mission)
    while len(ids) < count:
        number += 1
        ids.append(f"{stem}{number:03d}")
    unfit = [i for i in ids if not mission.has_satellite(i)]
    if unfit:
        raise UsageError(
            f"--satellites {count}: mission {mission.id} takes no satellite {unfit[0]}; use --satellite-ids"
        )
    return ids


def _stem(mission: Mission) -> tuple[str, int]:
    listed = [s.id for s in mission.content.satellites]
    parts = re.fullmatch(r"(.*?)(\d*)", listed[-1] if listed else "SAT-")
    stem, digits = parts.groups() if parts else ("SAT-", "")
    return stem, int(digits or 0)


def check_satellites(mission: Mission, ids: list[str]) -> None:
    """Refuse ids that are not of the mission, or are given twice.

    Raises:
        UsageError: naming the id.
    """
    for satellite in ids:
        fault = satellite_id_fault(satellite)
        if fault is not None:
            raise UsageError(f"{satellite!r} is no id of a satellite: {fault}")
        if not mission.has_satellite(satellite):
            pattern = mission.content.satellite_pattern
            raise UsageError(f"{satellite!r} is no satellite of mission {mission.id}: its ids match {pattern}")
        if ids.count(satellite) > 1:
            raise UsageError(f"satellite {satellite} is named twice")


def start_after(newest_ms: int | None, now_ms: int, cadence_ms: int, span_ms: int, usual_ms: int) -> int:
    """When ``span_ms`` of a satellite's telemetry start: one step after its newest sample.

    A satellite without any sample starts ``usual_ms`` before now, on a whole minute; earlier if the span needs it, but
    not before telemetry is kept.
    """
    if newest_ms is not None:
        return newest_ms + cadence_ms
    back = min(max(usual_ms, span_ms + times.DAY_MS), KEPT_MS)
    return (now_ms - back) // 60_000 * 60_000


def check_past(satellite: str, start_ms: int, span_ms: int, now_ms: int, *, remedy: str) -> None:
    """Refuse a span that ends in the future.

    Raises:
        UsageError: saying by how much, how much would fit, and ``remedy``.
    """
    ahead = start_ms + span_ms - now_ms
    if ahead > 0:
        room = max(now_ms - start_ms, 0)
        raise UsageError(
            f"{satellite}: {times.duration(span_ms)} of telemetry from {times.iso(start_ms)} would end "
            f"{times.duration(ahead)} in the future; there is room for {times.duration(room)}. {remedy}"
        )
