"""Batches and their verdicts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from operation_server.resources import Deps
from operation_server.routes import params
from operation_server.routes.responses import problems
from operation_server.schemas.batches import BatchDetail, BatchPage
from operation_server.schemas.common import BatchStatus, OverallVerdict

router = APIRouter(prefix="/batches", tags=["batches"])


@router.get("")
def list_batches(
    *,
    deps: Deps,
    satellite_id: params.SatelliteFilter = None,
    mission: params.MissionFilter = None,
    verdict: Annotated[OverallVerdict | None, Query(description="only batches of this verdict")] = None,
    status: Annotated[BatchStatus | None, Query(description="only batches of this status")] = None,
    from_: params.From = None,
    to: params.To = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> BatchPage:
    """List batches, the latest first record first.

    `from` and `to` select batches that have a record in the span.
    """
    raise NotImplementedError


@router.get("/{batch_uid}", responses=problems(404, 409))
def get_batch(
    *,
    deps: Deps,
    batch_uid: Annotated[
        str, Path(max_length=128, description="batch_uid; a batch_id is accepted where only one satellite has it")
    ],
) -> BatchDetail:
    """One batch: completeness per channel, verdicts, events, provenance, and every revision with its diff.

    A batch_id that several satellites use is answered with 409 and their batch_uids.
    """
    raise NotImplementedError
