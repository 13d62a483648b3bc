"""The HTTP server: uvicorn, which ends the live streams before it waits for requests to finish."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from operation_server.app import create_app
from operation_server.settings import Settings

GRACE_S = 10


class Server(uvicorn.Server):
    """A server that can be stopped while browsers follow the live stream."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in order."""
        self._end_streams()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )

    def end_streams() -> None:
        app.state.end_streams()  # looked up late: the application sets it when it starts

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stopped)
    Server(config, end_streams).run()


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """Uvicorn raises the signal again when it has stopped in order; the process then ends with status 0."""
