"""On-demand judgements, and the judgements made so far."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response

from operation_server.jobs.result import job_result
from operation_server.paging import cut, decode_position
from operation_server.problems.kinds import NotFound
from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.routes.responses import problems
from operation_server.schemas.common import VerdictName
from operation_server.schemas.inference import (
    InferenceStatistics,
    JobItem,
    JobResult,
    JudgementPage,
    SubmitRequest,
)
from operation_server.store import jobs, judgements
from operation_server.store.judgements import JudgementFilter

LIST = "judgements"
router = APIRouter(prefix="/inference", tags=["inference"])


@router.post("/submit", status_code=202, responses=problems(404, 429))
def submit(
    *,
    deps: Deps,
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
    row = deps.submitter.submit(request, idempotency_key, int(time.time() * 1000))
    deps.dispatcher.wake()
    item = JobItem(**jobs.job_fields(row))
    response.headers["Location"] = item.result_url
    return item


@router.get("/result/{job_id}", responses=problems(404))
def get_result(
    *,
    deps: Deps,
    job_id: Annotated[str, Path(max_length=64)],
    series: Annotated[bool, Query(description="with forecasts and scores of every channel")] = False,
) -> JobResult:
    """A job, and what it has found so far."""
    uid = _uid_of(job_id)
    with deps.engine.connect() as connection:
        row = jobs.find(connection, uid) if uid else None
        if row is None:
            raise NotFound(f"there is no job {job_id}")
        return job_result(connection, row, deps.missions, with_series=series)


@router.get("/recent")
def recent(
    *,
    deps: Deps,
    satellite_id: params.SatelliteFilter = None,
    subsystem: params.SubsystemFilter = None,
    verdict: Annotated[VerdictName | None, Query(description="only judgements of this verdict")] = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> JudgementPage:
    """List judgements of batches and jobs, the latest committed first."""
    wanted = JudgementFilter(satellite_id, subsystem, verdict)
    position = decode_position(LIST, cursor)
    with deps.engine.connect() as connection:
        found = judgements.page(connection, wanted, position, limit + 1)
    items, following = cut(LIST, found, limit)
    return JudgementPage(items=items, next=following)


@router.get("/statistics")
def statistics(
    *,
    deps: Deps,
    hours: Annotated[int, Query(ge=1, le=24 * 90, description="how far to look back")] = 24,
) -> InferenceStatistics:
    """What the judgements of the last hours have found, and how long they took."""
    with deps.engine.connect() as connection:
        return judgements.statistics(connection, datetime.now(UTC) - timedelta(hours=hours))


def _uid_of(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
