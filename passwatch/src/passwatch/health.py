"""Health of a process: its dependencies' probes, and the small HTTP server that tells them with the metrics."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from passwatch.failures import in_words


@dataclass(frozen=True, slots=True)
class Check:
    """What a probe found: whether it is well, and in words why (not)."""

    ok: bool
    detail: str


Probe = Callable[[], Check]


def run_probes(probes: Mapping[str, Probe]) -> dict[str, Check]:
    """Ask every probe; one that raises counts as not well, with what it raised."""
    return {name: _run(probe) for name, probe in probes.items()}


def _run(probe: Probe) -> Check:
    try:
        return probe()
    except Exception as error:  # a probe may fail in any way, and its failure is the answer
        return Check(ok=False, detail=in_words(error))


class HealthServer:
    """Serves ``/health`` (alive), ``/health/ready`` (503 and why, if a probe fails) and ``/metrics`` in a thread."""

    def __init__(self, host: str, port: int, probes: Mapping[str, Probe]) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(probes))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on (of use when 0 was asked for)."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, and wait until the thread has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(probes: Mapping[str, Probe]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/health":
                self._answer(200, {"status": "alive"})
            elif path == "/health/ready":
                checks = run_probes(probes)
                ready = all(check.ok for check in checks.values())
                body = {"ready": ready, "checks": {name: asdict(check) for name, check in checks.items()}}
                self._answer(200 if ready else 503, body)
            elif path == "/metrics":
                self._send(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._answer(404, {"status": "no such page; there are /health, /health/ready and /metrics"})

        def _answer(self, status: int, body: object) -> None:
            self._send(status, "application/json", json.dumps(body).encode())

        def _send(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            with contextlib.suppress(ConnectionError):  # who asked has given up waiting
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: probes come every few seconds."""

    return Handler
