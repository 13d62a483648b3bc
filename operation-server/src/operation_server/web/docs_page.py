"""The page that shows the API: Swagger UI from this server alone, under a policy that lets it load nothing else."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

PREFIX = "/api/v1/docs"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI styles its elements in place; scripts come from files alone."""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Passwatch API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, tryItOutEnabled: false });
"""
FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
"""Files of Swagger UI as the package fastapi-offline brings them, and their types."""

router = APIRouter(tags=["docs"], include_in_schema=False)


@router.get(PREFIX)
def page() -> HTMLResponse:
    """The page itself."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


@router.get(f"{PREFIX}/start.js")
def start() -> Response:
    """What the page runs."""
    return Response(START, media_type="text/javascript")


def _file(name: str, media_type: str) -> None:
    content = resources.files("fastapi_offline").joinpath("static", name)

    @router.get(f"{PREFIX}/{name}")
    def served() -> Response:
        return Response(content.read_bytes(), media_type=media_type, headers={"Cache-Control": "max-age=86400"})


for _name, _media_type in FILES.items():
    _file(_name, _media_type)
