"""The failures that the OpenAPI document tells of."""

from __future__ import annotations

from typing import Any

from operation_server.web.problems import TITLES
from operation_server.web.schemas import Problem

DESCRIPTIONS = {
    404: "There is no such thing.",
    409: "The request contradicts what is there, or is ambiguous.",
    422: "The request is invalid; `errors` names each field.",
    429: "Too much is open already; see `Retry-After`.",
    500: "Something went wrong here.",
    503: "Something that the answer needs cannot be reached now.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses with these statuses, each a problem document."""
    return {
        status: {
            "description": DESCRIPTIONS.get(status, TITLES[status]),
            "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}},
        }
        for status in statuses
    }
