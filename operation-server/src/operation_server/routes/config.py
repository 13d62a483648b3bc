"""How this installation is set up."""

from __future__ import annotations

from fastapi import APIRouter

from operation_server.resources import Deps
from operation_server.schemas.config import ModelConfigList, SatelliteConfigList, SubsystemConfigList, SystemConfig

router = APIRouter(prefix="/config", tags=["config"])


@router.get("/system")
def system(deps: Deps) -> SystemConfig:
    """Versions, limits, retention and topics."""
    raise NotImplementedError


@router.get("/satellites")
def satellites(deps: Deps) -> SatelliteConfigList:
    """The missions, and the satellites that they list or that were heard."""
    raise NotImplementedError


@router.get("/subsystems")
def subsystems(deps: Deps) -> SubsystemConfigList:
    """The subsystems of all missions with their channels, units and limits."""
    raise NotImplementedError


@router.get("/models")
def models(deps: Deps) -> ModelConfigList:
    """The models that Triton serves, and those that have taken part in verdicts."""
    raise NotImplementedError
