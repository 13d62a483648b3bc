"""How this installation is set up."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter

from operation_server.missions.answers import mission_config, subsystem_configs
from operation_server.missions.schemas import (
    MissionRef,
    SatelliteConfigList,
    SubsystemConfigList,
    SystemConfig,
    TopicItem,
)
from operation_server.satellites.queries import heard as heard_satellites
from operation_server.search.index import SearchIndex
from operation_server.services import MissionsDep, ReaderDep, SettingsDep, provided
from operation_server.version import VERSION
from operation_server.web import params
from operation_server.web.schemas import RangeName
from passwatch.contracts import SCHEMA_VERSION
from passwatch.kafka import topic_name
from passwatch.topics import ALL

router = APIRouter(prefix="/config", tags=["config"])


@router.get("/system")
def system(
    settings: SettingsDep, missions: MissionsDep, search: Annotated[SearchIndex, provided(SearchIndex)]
) -> SystemConfig:
    """Versions, limits, retention and topics."""
    return SystemConfig(
        version=VERSION,
        contracts_version=SCHEMA_VERSION,
        ranges=[*get_args(RangeName)],
        trend_max_points=settings.trend_max_points,
        page_limit=params.PAGE_LIMIT,
        job_max_days=settings.job_max_days,
        series_retention_days=settings.series_retention_days,
        live_retention_days=settings.live_retention_days,
        missions=[MissionRef(id=m.id, revision=m.revision) for m in missions.values()],
        topics=[
            TopicItem(
                name=topic_name(settings.topic_prefix, t),
                purpose=t.purpose,
                partitions=t.partitions,
                retention_ms=t.retention_ms,
                max_message_bytes=t.max_message_bytes,
            )
            for t in ALL
        ],
        search_engine=search.name,
    )


@router.get("/satellites")
def satellites(reader: ReaderDep, missions: MissionsDep) -> SatelliteConfigList:
    """The missions, and the satellites that they list or that were heard."""
    with reader.connect() as connection:
        heard = heard_satellites(connection)
    return SatelliteConfigList(
        items=[mission_config(m, {s for of, s in heard if of == m.id}) for m in missions.values()]
    )


@router.get("/subsystems")
def subsystems(missions: MissionsDep) -> SubsystemConfigList:
    """The subsystems of all missions with their channels, units and limits."""
    return SubsystemConfigList(items=[s for m in missions.values() for s in subsystem_configs(m)])
