"""The live stream: batches, verdicts, anomalies and alarms as they are committed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy import Engine

from operation_server import metrics
from operation_server.live import queries as live
from operation_server.live.hub import LiveHub
from operation_server.live.schemas import StreamData
from operation_server.services import ReaderDep, provided
from operation_server.web.problems import DependencyDown, InvalidRequest

RETRY_MS = 2000
PING_S = 10.0
"""A stream on which no event came for so long says that it is alive; browsers do not see comments."""
router = APIRouter(tags=["stream"])
HubDep = Annotated[LiveHub, provided(LiveHub)]

EXAMPLE = (
    "event: verdict\n"
    'data: {"judgement_id":"7a1f6b1e-2f4e-5b0e-8f43-6a3b5d6c7e01","subsystem":"eps","verdict":"ANOMALY"}\n'
    "id: 4211\n\n"
)


def _position(text: str | None, field: str) -> int | None:
    if text is None or text == "":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - what a bigint holds
        raise InvalidRequest.of(field, "an id that this stream has sent is needed, a whole number")
    return int(text)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stream begins: after this event; ``reset`` if what the browser has seen is no longer kept."""

    position: int
    reset: bool


async def start_of(
    hub: HubDep,
    reader: ReaderDep,
    last_event_id: Annotated[
        str | None, Header(description="sent by a browser that reconnects: go on after this event")
    ] = None,
    after: Annotated[str | None, Query(description="as Last-Event-ID, for a first connection; the header wins")] = None,
) -> Start:
    """Where to begin; it fails before the stream does."""
    from_header = _position(last_event_id, "header.last-event-id")
    wanted = from_header if from_header is not None else _position(after, "query.after")
    newest = hub.newest
    if newest is None:
        raise DependencyDown("The sequence of live events")
    if wanted is None:
        return Start(newest, reset=False)
    oldest_kept, newest_kept = await run_in_threadpool(_kept, reader)
    if oldest_kept - 1 <= wanted <= newest_kept:
        return Start(wanted, reset=False)
    return Start(newest, reset=True)


def _kept(reader: Engine) -> tuple[int, int]:
    with reader.connect() as connection:
        return live.kept(connection)


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Server-sent events. `event:` is `batch`, `verdict`, `anomaly` or `alarm`, and `data:` "
            "JSON of the shape that StreamData names for it; `id:` rises in the order of commit. `event: reset` "
            "(no data to keep) says that the events asked for are no longer kept: load everything anew. "
            "`event: ping` (no data to keep, no id) comes when there was no event for 10 s: a stream that is silent "
            "for longer is broken.",
            "model": StreamData,
            "content": {"text/event-stream": {"example": EXAMPLE}},
        }
    },
)
async def stream(hub: HubDep, start: Annotated[Start, Depends(start_of)]) -> AsyncIterator[ServerSentEvent]:
    """Follow batches, verdicts, anomalies and alarms live; resumable by Last-Event-ID, without loss or repetition.

    A first connection gets what is committed after it: open the stream first, then load the page's data.
    """
    metrics.STREAMS.inc()
    try:
        # The id without data tells a browser where to resume even if it has seen no event yet.
        yield ServerSentEvent(comment="connected", id=str(start.position), retry=RETRY_MS)
        if start.reset:
            yield ServerSentEvent(event="reset", raw_data="{}", id=str(start.position))
        async for event in hub.follow(start.position, PING_S):
            if event is None:
                yield ServerSentEvent(event="ping", raw_data="{}")
            else:
                yield ServerSentEvent(event=event.kind, raw_data=event.data, id=str(event.seq))
    finally:
        metrics.STREAMS.dec()
