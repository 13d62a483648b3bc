"""Health of the service, and its metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from operation_server.health.readiness import ReadinessChecker
from operation_server.health.schemas import Alive, Readiness
from operation_server.services import provided

router = APIRouter(tags=["health"])


@router.get("/health")
def health() -> Alive:
    """Whether the process answers; it asks nothing else."""
    return Alive()


@router.get("/health/ready", responses={503: {"model": Readiness, "description": "Not ready, and why."}})
def ready(readiness: Annotated[ReadinessChecker, provided(ReadinessChecker)], response: Response) -> Readiness:
    """Whether the service can do its work: a probe per dependency."""
    found = readiness.readiness()
    response.status_code = 200 if found.ready else 503
    return found


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus text format",
            "content": {
                "text/plain": {
                    "schema": {"type": "string"},
                    "example": "# HELP passwatch_operation_server_requests_total Requests answered\n",
                }
            },
        }
    },
)
def metrics() -> Response:
    """The service's metrics for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
