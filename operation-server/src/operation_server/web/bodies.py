"""Refuses request bodies that are larger than any request of this API."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operation_server.web.handlers import problem_response

TOO_LARGE = 413


class BodyLimit:
    """ASGI middleware: 413 as a problem document, before the body is read where its length is told."""

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        """``limit`` is in bytes; ``larger`` holds that of the paths which take more."""
        self._app, self._limit, self._larger = app, limit, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._limit)
        told = Headers(scope=scope).get("content-length", "")
        if told.isdigit() and int(told) > limit:
            detail = f"the body has {told} bytes; at most {limit} are taken"
            await problem_response(TOO_LARGE, "request-too-large", detail)(scope, receive, send)
            return
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(TOO_LARGE, f"at most {limit} bytes are taken")
            return message

        await self._app(scope, counting, send)
