"""The judgements made so far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from operation_server.judgements import queries as judgements
from operation_server.judgements.answers import judgement_item
from operation_server.judgements.queries import JudgementFilter
from operation_server.judgements.schemas import InferenceStatistics, JudgementPage
from operation_server.services import ReaderDep
from operation_server.web import params
from operation_server.web.paging import cut, decode_position
from operation_server.web.schemas import VerdictName

LIST = "judgements"
router = APIRouter(prefix="/inference", tags=["inference"])


@router.get("/recent")
def recent(
    *,
    reader: ReaderDep,
    satellite_id: params.SatelliteFilter = None,
    subsystem: params.SubsystemFilter = None,
    verdict: Annotated[VerdictName | None, Query(description="only judgements of this verdict")] = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> JudgementPage:
    """List judgements of batches and jobs, the latest committed first."""
    wanted = JudgementFilter(satellite_id, subsystem, verdict)
    position = decode_position(LIST, cursor)
    with reader.connect() as connection:
        found = judgements.page(connection, wanted, position, limit + 1)
    items, following = cut(LIST, found, limit)
    return JudgementPage(items=[judgement_item(row) for row in items], next=following)


@router.get("/statistics")
def statistics(
    *,
    reader: ReaderDep,
    hours: Annotated[int, Query(ge=1, le=24 * 90, description="how far to look back")] = 24,
) -> InferenceStatistics:
    """What the judgements of the last hours have found, and how long they took."""
    with reader.connect() as connection:
        counts = judgements.statistics(connection, datetime.now(UTC) - timedelta(hours=hours))
    return InferenceStatistics.model_validate(counts)
