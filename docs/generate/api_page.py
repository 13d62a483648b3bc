"""docs/api.md: every endpoint of the REST API, from operation-server's OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from docs.generate.markdown import code, page, table
from operation_server.app import create_app

READ_ON = """\
A running operation-server shows the whole document, with every field and example, at `/api/v1/docs` and serves it at
`/api/v1/openapi.json`; `python -m operation_server openapi` prints it.

```sh
curl 'http://127.0.0.1:18080/api/v1/batches?verdict=ANOMALY&limit=5'
curl --no-buffer http://127.0.0.1:18080/api/v1/stream
```"""


@cache
def document() -> dict[str, Any]:
    """operation-server's OpenAPI document."""
    return create_app().openapi()


def endpoints() -> dict[tuple[str, str], dict[str, Any]]:
    """The operations of the document by method (upper case) and path."""
    return {
        (method.upper(), path): operation
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    }


def render() -> str:
    """The page."""
    parts = [document()["info"]["description"], READ_ON]
    for tag in document()["tags"]:
        of_tag = {where: o for where, o in endpoints().items() if tag["name"] in o["tags"]}
        rows = [(code(f"{method} {path}"), _purpose(o), _parameters(o)) for (method, path), o in of_tag.items()]
        parts += [f"## {tag['name'].capitalize()}", tag["description"] + ".", table(_HEAD, rows)]
    return page("REST API", *parts)


_HEAD = ("endpoint", "gives", "parameters (bold: required)")


def _purpose(operation: dict[str, Any]) -> str:
    text = operation.get("description") or operation["summary"]
    return str(text).split("\n\n")[0]


def _parameters(operation: dict[str, Any]) -> str:
    given = [p for p in operation.get("parameters", ()) if p["in"] != "path"]
    named = [f"**{code(p['name'])}**" if p.get("required") else code(p["name"]) for p in given]
    if "requestBody" in operation:
        named.append("a JSON body")
    return ", ".join(named)
