"""The on-demand jobs as a whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from operation_server.paging import cut, decode_position
from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.schemas.inference import JobPage, JobStatus, QueryStats
from operation_server.store import jobs

LIST = "jobs"
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
    position = decode_position(LIST, cursor)
    with deps.engine.connect() as connection:
        found = jobs.page(connection, status, satellite_id, position, limit + 1)
    items, following = cut(LIST, found, limit)
    return JobPage(items=items, next=following)


@router.get("/stats")
def job_stats(deps: Deps) -> QueryStats:
    """How many jobs are open, and how long they take."""
    with deps.engine.connect() as connection:
        return jobs.stats(connection)
