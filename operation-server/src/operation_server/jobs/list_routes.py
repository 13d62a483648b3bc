"""The on-demand jobs as a whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from operation_server.jobs import queries as jobs
from operation_server.jobs.answers import job_item
from operation_server.jobs.schemas import JobPage, JobStatus, QueryStats
from operation_server.services import ReaderDep
from operation_server.web import params
from operation_server.web.paging import cut, decode_position

LIST = "jobs"
router = APIRouter(prefix="/query", tags=["query"])


@router.get("/jobs")
def list_jobs(
    *,
    reader: ReaderDep,
    status: Annotated[JobStatus | None, Query(description="only jobs of this status")] = None,
    satellite_id: params.SatelliteFilter = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> JobPage:
    """List the on-demand jobs, the newest first."""
    position = decode_position(LIST, cursor)
    with reader.connect() as connection:
        found = jobs.page(connection, status, satellite_id, position, limit + 1)
    items, following = cut(LIST, found, limit)
    return JobPage(items=[job_item(row) for row in items], next=following)


@router.get("/stats")
def job_stats(reader: ReaderDep) -> QueryStats:
    """How many jobs are open, and how long they take."""
    with reader.connect() as connection:
        counts = jobs.stats(connection)
    return QueryStats.model_validate(counts)
