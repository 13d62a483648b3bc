"""Asking a process whether it is ready."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Callable

from passwatch_native.program import Readiness

TIMEOUT_S = 3.0
MAX_DETAIL = 300
SUCCESS = range(200, 300)


def http_get(
    port: int, path: str, *, user: str = "", password: str = "", timeout_s: float = TIMEOUT_S
) -> tuple[int, str]:
    """Status and body of a GET on loopback.

    Raises:
        OSError: nothing answered.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    headers = {}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise ConnectionError(f"no proper answer: {error!r}") from error
    finally:
        connection.close()


def http_ready(port: int, path: str, *, user: str = "", password: str = "") -> Callable[[], Readiness]:
    """Ready when a GET answers 2xx; the answer of a service's ``/health/ready`` tells why not."""

    def probe() -> Readiness:
        try:
            status, body = http_get(port, path, user=user, password=password)
        except OSError as error:
            return Readiness(ok=False, detail=f"port {port}: {error.strerror or error}")
        return Readiness(ok=status in SUCCESS, detail=explain(status, body))

    return probe


def explain(status: int, body: str) -> str:
    """The reason in an answer to a readiness question: the checks that fail, or the status with the first text."""
    if status in SUCCESS:
        return "ready"
    try:
        checks = json.loads(body)["checks"]
        failing = [f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        failing = []
    return ("; ".join(failing) or f"HTTP {status} {body.strip()}")[:MAX_DETAIL]


def tcp_exchange(port: int, send: bytes, expect: bytes) -> Callable[[], Readiness]:
    """Ready when the answer to ``send`` begins with ``expect``."""

    def probe() -> Readiness:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
                connection.sendall(send)
                answer = connection.recv(256)
        except OSError as error:
            return Readiness(ok=False, detail=f"port {port}: {error.strerror or error}")
        if answer.startswith(expect):
            return Readiness(ok=True, detail="ready")
        return Readiness(ok=False, detail=answer.decode(errors="replace").strip()[:MAX_DETAIL] or "no answer")

    return probe


def both(*probes: Callable[[], Readiness]) -> Callable[[], Readiness]:
    """Ready when all are; tells the first that is not."""

    def probe() -> Readiness:
        found = Readiness(ok=True, detail="ready")
        for each in probes:
            found = each()
            if not found.ok:
                return found
        return found

    return probe
