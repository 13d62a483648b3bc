"""Telemetry and forecasts over time."""

from __future__ import annotations

from fastapi import APIRouter

from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.routes.responses import problems
from operation_server.schemas.trends import (
    CompareTrend,
    MetricList,
    PredictionTrend,
    RawTrend,
    SatellitePage,
    StatisticsTrend,
)

router = APIRouter(prefix="/trends", tags=["trends"])


@router.get("/satellites")
def list_satellites(
    *,
    deps: Deps,
    mission: params.MissionFilter = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> SatellitePage:
    """List the satellites of which telemetry has come, those heard last first."""
    raise NotImplementedError


@router.get("/metrics", responses=problems(404))
def list_metrics(deps: Deps, satellite_id: params.Satellite, mission: params.SatelliteMission = None) -> MetricList:
    """List the channels of a satellite, in the mission file's order."""
    raise NotImplementedError


@router.get("/raw", responses=problems(404))
def raw_trend(
    *,
    deps: Deps,
    satellite_id: params.Satellite,
    metric: params.Metric,
    mission: params.SatelliteMission = None,
    range: params.Range = None,
    from_: params.From = None,
    to: params.To = None,
    points: params.Points = None,
) -> RawTrend:
    """Telemetry of one channel as stored, decimated where it is longer than `points`.

    Decimation keeps the first, lowest, highest and last sample of each bucket, so a one-sample spike stays visible.
    """
    raise NotImplementedError


@router.get("/prediction", responses=problems(404))
def prediction_trend(
    *,
    deps: Deps,
    satellite_id: params.Satellite,
    metric: params.Metric,
    mission: params.SatelliteMission = None,
    range: params.Range = None,
    from_: params.From = None,
    to: params.To = None,
    points: params.Points = None,
) -> PredictionTrend:
    """Forecasts and scores of one channel, from the current revision of each batch, and the events found."""
    raise NotImplementedError


@router.get("/compare", responses=problems(404))
def compare_trend(
    *,
    deps: Deps,
    satellite_id: params.Satellite,
    metric: params.Metric,
    mission: params.SatelliteMission = None,
    range: params.Range = None,
    from_: params.From = None,
    to: params.To = None,
    points: params.Points = None,
) -> CompareTrend:
    """Telemetry and forecasts of one channel over the same span, with the events found."""
    raise NotImplementedError


@router.get("/statistics", responses=problems(404))
def statistics_trend(
    *,
    deps: Deps,
    satellite_id: params.Satellite,
    metric: params.Metric,
    mission: params.SatelliteMission = None,
    range: params.Range = None,
    from_: params.From = None,
    to: params.To = None,
) -> StatisticsTrend:
    """Statistics of one channel over the span, from all its samples, and the forecasts' errors."""
    raise NotImplementedError
