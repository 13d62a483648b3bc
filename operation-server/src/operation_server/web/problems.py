"""The kinds of failure that a request can meet, as exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from operation_server.web.schemas import ProblemItem

TITLES = {
    400: "Bad request",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    413: "Request too large",
    415: "Unsupported media type",
    421: "Misdirected request",
    422: "Invalid request",
    429: "Too many requests",
    500: "Internal error",
    503: "Service unavailable",
}


class ApiProblem(Exception):
    """A request that fails with a problem document."""

    status = 500
    kind = "internal-error"

    def __init__(
        self, detail: str, *, errors: Sequence[ProblemItem] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}
        self.extra: dict[str, Any] = {}
        """Further members of the document (RFC 9457, 3.2)."""


class InvalidRequest(ApiProblem):
    """The request cannot be understood; each item names a field and what is wrong with it."""

    status = 422
    kind = "invalid-request"

    def __init__(self, errors: Sequence[ProblemItem]) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors), errors=errors)

    @classmethod
    def of(cls, field: str, message: str) -> InvalidRequest:
        """One field is wrong."""
        return cls([ProblemItem(field=field, message=message)])


class NotFound(ApiProblem):
    """There is no such thing."""

    status = 404
    kind = "not-found"


class Conflict(ApiProblem):
    """The request contradicts what is there."""

    status = 409
    kind = "conflict"


class TooManyRequests(ApiProblem):
    """Too much is open already; the header Retry-After says when to try again."""

    status = 429
    kind = "too-many-requests"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class DependencyDown(ApiProblem):
    """Something that the answer needs cannot be reached now."""

    status = 503
    kind = "dependency-down"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} cannot be reached now; try again", headers={"Retry-After": "5"})
