"""How this installation is set up."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter

from operation_server.configuration import mission_config, model_items, subsystem_configs
from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.schemas.common import RangeName
from operation_server.schemas.config import (
    MissionRef,
    ModelConfigList,
    SatelliteConfigList,
    ServingState,
    SubsystemConfigList,
    SystemConfig,
    TopicItem,
)
from operation_server.serving import READY, TritonDown
from operation_server.store import dashboard, judgements
from operation_server.version import VERSION
from passwatch.contracts import SCHEMA_VERSION
from passwatch.kafka import topic_name
from passwatch.topics import ALL

router = APIRouter(prefix="/config", tags=["config"])


@router.get("/system")
def system(deps: Deps) -> SystemConfig:
    """Versions, limits, retention and topics."""
    settings = deps.settings
    return SystemConfig(
        version=VERSION,
        contracts_version=SCHEMA_VERSION,
        ranges=[*get_args(RangeName)],
        trend_max_points=settings.trend_max_points,
        page_limit=params.PAGE_LIMIT,
        job_max_days=settings.job_max_days,
        series_retention_days=settings.series_retention_days,
        live_retention_days=settings.live_retention_days,
        missions=[MissionRef(id=m.id, revision=m.revision) for m in deps.missions.values()],
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
        search_engine=deps.search.name,
    )


@router.get("/satellites")
def satellites(deps: Deps) -> SatelliteConfigList:
    """The missions, and the satellites that they list or that were heard."""
    with deps.engine.connect() as connection:
        heard = dashboard.heard(connection)
    return SatelliteConfigList(
        items=[mission_config(m, {s for of, s in heard if of == m.id}) for m in deps.missions.values()]
    )


@router.get("/subsystems")
def subsystems(deps: Deps) -> SubsystemConfigList:
    """The subsystems of all missions with their channels, units and limits."""
    return SubsystemConfigList(items=[s for m in deps.missions.values() for s in subsystem_configs(m)])


@router.get("/models")
def models(deps: Deps) -> ModelConfigList:
    """The models that Triton serves, and those that have taken part in verdicts."""
    with deps.engine.connect() as connection:
        used = judgements.models_used(connection)
    try:
        served = deps.serving.models()
        ready = sum(m.state == READY for m in served)
        return ModelConfigList(
            serving=ServingState(ok=True, detail=f"{ready} of {len(served)} models ready"),
            items=model_items(served, used),
        )
    except TritonDown as error:
        detail = f"Triton does not answer: {error}".splitlines()[0]
        return ModelConfigList(serving=ServingState(ok=False, detail=detail), items=model_items([], used))
