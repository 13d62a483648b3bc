"""What is asked of every request before a route sees it: where it was sent, from which page, and by which method.

A browser sends requests to this machine's loopback addresses for any web page, so an address is no protection. A page
of another origin can neither read answers (there is no CORS) nor, by :class:`OriginGuard`, cause changes; and a name
that an attacker points at this machine is refused by :class:`HostGuard` (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operation_server.web.handlers import problem_response

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SAME_SITE = frozenset({"", "same-origin", "none"})
"""What a browser says of a request's origin (Sec-Fetch-Site); programs say nothing."""


def host_name(host: str) -> str:
    """The name in a Host header, without its port.

    >>> host_name("127.0.0.1:18080"), host_name("[::1]:80"), host_name("Passwatch.example.")
    ('127.0.0.1', '[::1]', 'passwatch.example')
    """
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name.lower().rstrip(".")


class HostGuard:
    """ASGI middleware: 421 for a request that was sent to a name which is not this installation's."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        """``hosts`` are names without ports; ``*`` takes any."""
        self._app, self._hosts = app, {name.strip().lower() for name in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "http" and "*" not in self._hosts:
            given = Headers(scope=scope).get("host", "")
            if host_name(given) not in self._hosts:
                detail = f"this server does not answer for the host {given[:100]!r}; see PASSWATCH_ALLOWED_HOSTS"
                await problem_response(421, "wrong-host", detail)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class OriginGuard:
    """ASGI middleware: 403 for a request that may change something and comes from a page of another origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            foreign = origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
            if foreign or headers.get("sec-fetch-site", "").lower() not in SAME_SITE:
                detail = "requests that change something are not taken from pages of another origin"
                await problem_response(403, "foreign-origin", detail)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class HeadAsGet:
    """ASGI middleware: HEAD wherever GET is, with GET's headers and no body; streams are not begun for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)
