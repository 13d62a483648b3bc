"""What the dashboard shows at a glance."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.routes.responses import problems
from operation_server.schemas.common import SeverityName
from operation_server.schemas.dashboard import AnomalyPage, DashboardStats, FeatureList

router = APIRouter(prefix="/dashboard", tags=["dashboard"])


@router.get("/stats")
def stats(deps: Deps) -> DashboardStats:
    """Counts of satellites, batches, verdicts and events, and the time to a verdict."""
    raise NotImplementedError


@router.get("/features", responses=problems(404))
def features(
    *,
    deps: Deps,
    satellite_id: params.Satellite,
    mission: params.SatelliteMission = None,
    range: params.Range = None,
    from_: params.From = None,
    to: params.To = None,
    points: Annotated[int, Query(ge=params.POINTS_MIN, le=500, description="points of a sparkline at most")] = 64,
) -> FeatureList:
    """Every channel of a satellite at a glance: latest value, extremes, sparkline, verdict and events of the span."""
    raise NotImplementedError


@router.get("/anomalies")
def anomalies(
    *,
    deps: Deps,
    satellite_id: params.SatelliteFilter = None,
    mission: params.MissionFilter = None,
    subsystem: params.SubsystemFilter = None,
    severity: Annotated[SeverityName | None, Query(description="only events of this severity")] = None,
    from_: params.From = None,
    to: params.To = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> AnomalyPage:
    """List anomaly events of the current revisions, the latest start first.

    `from` and `to` select events that touch the span.
    """
    raise NotImplementedError
