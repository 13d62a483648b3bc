"""On-demand judgements, and the judgements made so far."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

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
    raise NotImplementedError


@router.get("/result/{job_id}", responses=problems(404))
def get_result(
    *,
    deps: Deps,
    job_id: Annotated[str, Path(max_length=64)],
    series: Annotated[bool, Query(description="with forecasts and scores of every channel")] = False,
) -> JobResult:
    """A job, and what it has found so far."""
    raise NotImplementedError


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
    raise NotImplementedError


@router.get("/statistics")
def statistics(
    *,
    deps: Deps,
    hours: Annotated[int, Query(ge=1, le=24 * 90, description="how far to look back")] = 24,
) -> InferenceStatistics:
    """What the judgements of the last hours have found, and how long they took."""
    raise NotImplementedError
