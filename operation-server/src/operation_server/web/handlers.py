"""Turns every failure into one problem document (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import anyio
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operation_server.web.problems import TITLES, ApiProblem, DependencyDown, InvalidRequest
from operation_server.web.schemas import Problem, ProblemItem
from passwatch.victoria import VictoriaRefused, VictoriaUnavailable

MEDIA_TYPE = "application/problem+json"
LONGEST_PATH = 200
"""Characters of a path in a log line."""
log = structlog.get_logger()


def problem_response(
    status: int,
    kind: str,
    detail: str,
    errors: list[ProblemItem] | None = None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """A problem document as a response."""
    problem = Problem(
        type=f"urn:passwatch:problem:{kind}",
        title=TITLES.get(status, "Error"),
        status=status,
        detail=detail,
        errors=errors or None,
    )
    body = json.dumps({**problem.model_dump(mode="json", exclude_none=True), **(extra or {})}, ensure_ascii=False)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Have the application answer every failure with a problem document."""
    app.add_exception_handler(ApiProblem, _api_problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (OperationalError, PoolTimeout, DBAPIError):
        app.add_exception_handler(kind, _postgres)
    app.add_exception_handler(VictoriaUnavailable, _victoria)
    app.add_exception_handler(VictoriaRefused, _unexpected)


def _answer(problem: ApiProblem) -> Response:
    return problem_response(
        problem.status, problem.kind, problem.detail, problem.errors, problem.headers, problem.extra
    )


async def _api_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)  # noqa: S101 - the handler is registered for it
    return _answer(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return _answer(InvalidRequest([_item(e) for e in error.errors()]))


def _item(error: Mapping[str, Any]) -> ProblemItem:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "json_invalid":
        return ProblemItem(field="body", message=f"not valid JSON: {error.get('ctx', {}).get('error', message)}")
    return ProblemItem(field=".".join(str(part) for part in error["loc"]), message=message)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 400:  # noqa: PLR2004 - how FastAPI tells that it could not read the body
        return _answer(InvalidRequest.of("body", "cannot be read as JSON"))
    kind = TITLES.get(error.status_code, "error").lower().replace(" ", "-")
    detail = error.detail
    if error.status_code == 404:  # noqa: PLR2004
        detail = f"there is no {request.url.path}"
    elif error.status_code == 405:  # noqa: PLR2004
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{request.method} is not possible here" + (f"; {allowed} is" if allowed else "")
    return problem_response(error.status_code, kind, detail, headers=error.headers)


async def _postgres(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and not isinstance(error, OperationalError) and not error.connection_invalidated:
        return await _unexpected(request, error)
    log.warning("dependency_down", dependency="postgres", path=request.url.path, error=str(error).splitlines()[0])
    return _answer(DependencyDown("PostgreSQL"))


async def _victoria(request: Request, error: Exception) -> Response:
    log.warning("dependency_down", dependency="victoria", path=request.url.path, error=str(error))
    return _answer(DependencyDown("VictoriaMetrics"))


async def _unexpected(request: Request, error: Exception) -> Response:
    return unexpected(request.method, request.url.path, error)


def unexpected(method: str, path: str, error: BaseException) -> Response:
    """The answer to what nobody foresaw, logged in one bounded line."""
    log.error("request_failed", method=method, path=path[:LONGEST_PATH], exc_info=error)
    return problem_response(500, "internal-error", "something went wrong here; the server's log says more")


class UnexpectedErrors:
    """ASGI middleware: whatever a route raises is logged once and answered; nothing reaches the server's own log.

    Once an answer has begun there is nobody to tell: a client that went away while events were sent to it is no error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if not begun:
                await unexpected(scope["method"], scope["path"], error)(scope, receive, send)
            elif _client_is_gone(error):
                log.info("client_gone", path=scope["path"])
            else:
                unexpected(scope["method"], scope["path"], error)


def _client_is_gone(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_client_is_gone(inner) for inner in error.exceptions)
    return isinstance(error, anyio.BrokenResourceError | anyio.ClosedResourceError | OSError)
