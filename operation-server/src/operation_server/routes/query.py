"""The on-demand jobs as a whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.schemas.inference import JobPage, JobStatus, QueryStats

router = APIRouter(prefix="/query", tags=["query"])


@router.get("/jobs")
def list_jobs(
    *,
    deps: Deps,
    status: Annotated[JobStatus | None, Query(description="only jobs of this status")] = None,
    satellite_id: params.SatelliteFilter = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> JobPage:
    """List the on-demand jobs, the newest first."""
    raise NotImplementedError


@router.get("/stats")
def job_stats(deps: Deps) -> QueryStats:
    """How many jobs are open, and how long they take."""
    raise NotImplementedError
