"""Search over results."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from operation_server.search.index import SearchIndex, SearchQuery
from operation_server.search.schemas import HitKind, SearchPage
from operation_server.services import provided
from operation_server.web import params
from operation_server.web.paging import Position, cut, decode_position
from operation_server.web.schemas import OverallVerdict, SeverityName

LIST = "search"
router = APIRouter(prefix="/search", tags=["search"])


@router.get("/results")
def search_results(
    *,
    search: Annotated[SearchIndex, provided(SearchIndex)],
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description='words that all must occur, case and punctuation aside; `"a phrase"`, `or`, `-not`',
            examples=["battery_temp critical"],
        ),
    ] = None,
    kind: Annotated[HitKind | None, Query(description="only events, only verdicts, or only batches")] = None,
    satellite_id: params.SatelliteFilter = None,
    mission: params.MissionFilter = None,
    subsystem: params.SubsystemFilter = None,
    channel: Annotated[str | None, Query(max_length=128, description="only events of this channel")] = None,
    verdict: Annotated[OverallVerdict | None, Query(description="only results of this verdict")] = None,
    severity: Annotated[SeverityName | None, Query(description="only events of this severity")] = None,
    from_: params.From = None,
    to: params.To = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> SearchPage:
    """Search batches, and events and verdicts of the current revisions and of jobs, the newest first.

    Without `q` it only filters.
    """
    wanted = SearchQuery(
        text=q,
        kind=kind,
        satellite_id=satellite_id,
        mission=mission,
        subsystem=subsystem,
        channel=channel,
        verdict=verdict,
        severity=severity,
        start=from_,
        end=to,
    )
    found = search.find(wanted, decode_position(LIST, cursor), limit + 1)
    items, following = cut(LIST, [(Position(hit.time, hit.id), hit) for hit in found.hits], limit)
    return SearchPage(items=items, next=following, engine=found.engine)
