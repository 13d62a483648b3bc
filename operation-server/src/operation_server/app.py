"""The HTTP application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import svcs.fastapi
from fastapi import APIRouter, Depends, FastAPI

from operation_server.alarms import routes as alarms
from operation_server.batches import routes as batches
from operation_server.calibrations import routes as calibrations
from operation_server.dashboard import routes as dashboard
from operation_server.health import routes as health
from operation_server.jobs import list_routes as query
from operation_server.jobs import routes as inference
from operation_server.judgements import routes as judgements
from operation_server.live import routes as stream
from operation_server.missions import routes as config
from operation_server.models import config_routes as model_config
from operation_server.models import routes as models
from operation_server.runtime import Runtime
from operation_server.satellites import routes as satellites
from operation_server.search import routes as search
from operation_server.settings import Settings
from operation_server.trends import routes as trends
from operation_server.version import VERSION
from operation_server.web import docs_page, handlers
from operation_server.web.access import AccessLog
from operation_server.web.bodies import BodyLimit
from operation_server.web.guards import HeadAsGet, HostGuard, OriginGuard
from operation_server.web.openapi import documenter
from operation_server.web.responses import problems as problem_responses
from operation_server.web.strict import known_parameters_only

ROUTERS = (
    alarms.router,
    batches.router,
    satellites.router,
    trends.router,
    inference.router,
    judgements.router,
    query.router,
    search.router,
    calibrations.router,
    models.router,
    config.router,
    model_config.router,
    dashboard.router,
    stream.router,
)
MAX_BODY_BYTES = 64 * 1024
MAX_MODEL_BYTES = 16 * 1024 * 1024
"""A new version of the models comes with its weights, about 1.5 MB in base64, and calibrations."""
DESCRIPTION = """Passwatch judges satellite telemetry one downlink pass (a *batch*) at a time.

Times of things are ISO 8601 in UTC with milliseconds; series are `{"t": [ms…], "v": [number or null…]}`. Lists come in
pages: pass `next` as `cursor` for the following one. Every failure is a problem document (RFC 9457). Parameters that a
route does not have are refused."""
TAGS = [
    {"name": "alarms", "description": "Incidents that wait for somebody, and what is done about them"},
    {"name": "batches", "description": "What came, how complete it was, and the verdicts"},
    {"name": "trends", "description": "Telemetry, forecasts and statistics over time"},
    {"name": "inference", "description": "On-demand judgements, and judgements made"},
    {"name": "query", "description": "The on-demand jobs as a whole"},
    {"name": "search", "description": "Search over results"},
    {"name": "calibrations", "description": "What telemetry is judged by: fitted, kept by revision, put in force"},
    {"name": "models", "description": "Versions of the models: candidates, promotion, rollback"},
    {"name": "config", "description": "How this installation is set up"},
    {"name": "dashboard", "description": "Everything at a glance"},
    {"name": "stream", "description": "Live events"},
    {"name": "health", "description": "Health and metrics of the service"},
]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application with all its routes; without settings it can only describe itself."""
    app = FastAPI(
        title="Passwatch",
        version=VERSION,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redirect_slashes=False,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        dependencies=[Depends(known_parameters_only)],
        generate_unique_id_function=lambda route: f"{route.tags[0]}_{route.name}",
        separate_input_output_schemas=False,
        lifespan=_lifespan(settings) if settings else None,
    )
    app.state.end_streams = lambda: None
    app.add_middleware(BodyLimit, limit=MAX_BODY_BYTES, larger={"/api/v1/models/versions": MAX_MODEL_BYTES})
    app.add_middleware(OriginGuard)
    if settings:
        app.add_middleware(HostGuard, hosts=settings.allowed_hosts.split(","))
    app.add_middleware(HeadAsGet)
    app.add_middleware(handlers.UnexpectedErrors)
    app.add_middleware(AccessLog)
    handlers.install(app)
    api = APIRouter(prefix="/api/v1", responses=problem_responses(422, 500, 503))
    for router in ROUTERS:
        api.include_router(router)
    app.include_router(health.router)
    app.include_router(docs_page.router)
    app.include_router(api)
    app.openapi = documenter(app)  # type: ignore[method-assign]
    return app


def _lifespan(settings: Settings) -> svcs.fastapi.lifespan:
    @svcs.fastapi.lifespan
    async def running(app: FastAPI, registry: svcs.Registry) -> AsyncGenerator[dict[str, object], None]:
        runtime = Runtime(settings, asyncio.get_running_loop())
        runtime.register(registry)
        app.state.end_streams = runtime.hub.close
        runtime.start()
        try:
            yield {}
        finally:
            runtime.hub.close()
            await asyncio.to_thread(runtime.stop)

    return running
