"""The OpenAPI document, the same bytes for the same code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from operation_server.web.schemas import Problem

REFERENCE = "#/components/schemas/{model}"


def documenter(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What ``app.openapi`` should be: FastAPI's document, with the problem schemas, valid for OpenAPI 3.1."""
    generate = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(generate())
        return app.openapi_schema

    return document


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template=REFERENCE)
    components = document["components"]["schemas"]
    components |= schema.pop("$defs")
    components[Problem.__name__] = schema
    components.pop("HTTPValidationError", None)
    components.pop("ValidationError", None)
    stream = document["paths"]["/api/v1/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    stream.pop("itemSchema")  # a word of OpenAPI 3.2 that FastAPI writes into its 3.1 document
    return document


def openapi_text(app: FastAPI) -> str:
    """The application's document as text: keys sorted, indented, ending in a newline."""
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
