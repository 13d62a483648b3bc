"""Batches and their verdicts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from operation_server.batches import queries as batches
from operation_server.batches.answers import batch_detail, batch_summary
from operation_server.batches.queries import BatchFilter
from operation_server.batches.schemas import BatchDetail, BatchPage
from operation_server.services import MissionsDep, ReaderDep
from operation_server.web import params
from operation_server.web.paging import cut, decode_position
from operation_server.web.problems import Conflict, NotFound
from operation_server.web.responses import problems
from operation_server.web.schemas import BatchStatus, OverallVerdict

LIST = "batches"
router = APIRouter(prefix="/batches", tags=["batches"])


@router.get("")
def list_batches(
    *,
    reader: ReaderDep,
    satellite_id: params.SatelliteFilter = None,
    mission: params.MissionFilter = None,
    verdict: Annotated[OverallVerdict | None, Query(description="only batches of this verdict")] = None,
    status: Annotated[BatchStatus | None, Query(description="only batches of this status")] = None,
    from_: params.From = None,
    to: params.To = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> BatchPage:
    """List batches, those heard of last first.

    `from` and `to` select batches that have a record in the span.
    """
    wanted = BatchFilter(satellite_id, mission, verdict, status, from_, to)
    position = decode_position(LIST, cursor)
    with reader.connect() as connection:
        found = batches.page(connection, wanted, position, limit + 1)
    items, following = cut(LIST, found, limit)
    return BatchPage(items=[batch_summary(row) for row in items], next=following)


@router.get("/{batch_uid}", responses=problems(404, 409))
def get_batch(
    *,
    reader: ReaderDep,
    missions: MissionsDep,
    batch_uid: Annotated[
        str, Path(max_length=128, description="batch_uid; a batch_id is accepted where only one satellite has it")
    ],
) -> BatchDetail:
    """One batch: completeness per channel, verdicts, events, provenance, and every revision with its diff.

    A batch_id that several satellites use is answered with 409 and their batch_uids.
    """
    uid = _uid_of(batch_uid)
    with reader.connect() as connection:
        found = batches.detail(connection, uid) if uid else None
        if found is None:
            named = batches.uids_of(connection, batch_uid)
            if len(named) > 1:
                raise Conflict(f"several satellites have a batch {batch_uid}: {', '.join(sorted(named))}")
            found = batches.detail(connection, named[0]) if named else None
    if found is None:
        raise NotFound(f"there is no batch {batch_uid}")
    return batch_detail(found, missions)


def _uid_of(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
