"""One log line and the metrics of every request."""

from __future__ import annotations

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operation_server import metrics
from operation_server.web.handlers import LONGEST_PATH

QUIET = ("/health", "/health/ready", "/metrics")
log = structlog.get_logger()


class AccessLog:
    """ASGI middleware: method, path, status and seconds of each request; the duration of a stream is its whole life."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - began
            name = getattr(scope.get("route"), "unique_id", "none")
            metrics.REQUESTS.labels(scope["method"], name, str(status)).inc()
            metrics.REQUEST_SECONDS.labels(name).observe(seconds)
            if scope["path"] not in QUIET:
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"][:LONGEST_PATH],
                    status=status,
                    seconds=round(seconds, 4),
                )
