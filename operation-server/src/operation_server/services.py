"""What a route may ask for: services by their type, from the registry that the process fills when it starts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import Engine
from svcs.fastapi import DepContainer

from operation_server.missions_in_use import Missions
from operation_server.settings import Settings


def provided(kind: Any) -> Any:
    """A dependency of FastAPI that gives what the process has registered for this type."""

    async def service(services: DepContainer) -> Any:
        return services.get(kind)

    return Depends(service)


ReaderDep = Annotated[Engine, provided(Engine)]
"""Connections for reading alone: see :func:`operation_server.db.engine.reading`."""
MissionsDep = Annotated[Missions, provided(Missions)]
SettingsDep = Annotated[Settings, provided(Settings)]
