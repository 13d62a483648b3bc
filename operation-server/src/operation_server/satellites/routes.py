"""The satellites of which telemetry has come, and their channels."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from operation_server.satellites import queries as satellites
from operation_server.satellites.channels import channels_of, metric_item
from operation_server.satellites.schemas import MetricList, SatelliteItem, SatellitePage
from operation_server.satellites.subject import find_subject
from operation_server.services import MissionsDep, ReaderDep, provided
from operation_server.telemetry.samples import Samples
from operation_server.web import params
from operation_server.web.paging import decode_cursor, encode_cursor
from operation_server.web.responses import problems

LIST = "satellites"
router = APIRouter(prefix="/trends", tags=["trends"])


@router.get("/satellites")
def list_satellites(
    *,
    reader: ReaderDep,
    missions: MissionsDep,
    mission: params.MissionFilter = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> SatellitePage:
    """List the satellites of which telemetry has come, by mission and id."""
    keys = decode_cursor(LIST, cursor, 2)
    with reader.connect() as connection:
        rows = satellites.page(connection, mission, (keys[0], keys[1]) if keys else None, limit + 1)
    names = {(m.id, x.id): x.name for m in missions.values() for x in m.content.satellites}
    items = [
        SatelliteItem(
            satellite_id=row["satellite_id"],
            mission=row["mission"],
            name=names.get((row["mission"], row["satellite_id"])),
            newest_sample=row["newest_sample"],
            batches=row["batches"],
            verdict=row["verdict"] or "PENDING",
            verdict_time=row["verdict_time"],
        )
        for row in rows[:limit]
    ]
    following = encode_cursor(LIST, items[-1].mission, items[-1].satellite_id) if len(rows) > limit else None
    return SatellitePage(items=items, next=following)


@router.get("/metrics", responses=problems(404))
def list_metrics(
    reader: ReaderDep,
    missions: MissionsDep,
    samples: Annotated[Samples, provided(Samples)],
    satellite_id: params.Satellite,
    mission: params.SatelliteMission = None,
) -> MetricList:
    """List the channels of a satellite, in the mission file's order."""
    subject = find_subject(reader, missions, satellite_id, mission)
    return MetricList(
        satellite_id=satellite_id,
        mission=subject.mission.id,
        cadence_ms=subject.mission.cadence_ms,
        items=[metric_item(c) for c in channels_of(samples, subject)],
    )
