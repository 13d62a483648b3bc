"""On-demand judgements, and the judgements made so far."""

from __future__ import annotations

import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response

from operation_server.jobs import queries as jobs
from operation_server.jobs.answers import job_item
from operation_server.jobs.result import job_result
from operation_server.jobs.schemas import JobItem, JobResult, SubmitRequest
from operation_server.jobs.submit import Submitter
from operation_server.services import MissionsDep, ReaderDep, provided
from operation_server.web.problems import NotFound
from operation_server.web.responses import problems

LIST = "judgements"
router = APIRouter(prefix="/inference", tags=["inference"])


@router.post("/submit", status_code=202, responses=problems(404, 429))
def submit(
    *,
    submitter: Annotated[Submitter, provided(Submitter)],
    request: SubmitRequest,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=128,
            description="the same key with the same body gives the same job; with another body 422",
        ),
    ] = None,
) -> JobItem:
    """Ask for a judgement of a batch, or of a satellite's span. The header `Location` names where its result will be.

    It gets judgements of its own and never replaces a batch's verdict.
    """
    row = submitter.submit(request, idempotency_key, int(time.time() * 1000))
    item = job_item(row)
    response.headers["Location"] = item.result_url
    return item


@router.get("/result/{job_id}", responses=problems(404))
def get_result(
    *,
    reader: ReaderDep,
    missions: MissionsDep,
    job_id: Annotated[str, Path(max_length=64)],
    series: Annotated[bool, Query(description="with forecasts and scores of every channel")] = False,
) -> JobResult:
    """A job, and what it has found so far."""
    uid = _uid_of(job_id)
    with reader.connect() as connection:
        row = jobs.find(connection, uid) if uid else None
        if row is None:
            raise NotFound(f"there is no job {job_id}")
        return job_result(connection, row, missions, with_series=series)


def _uid_of(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
