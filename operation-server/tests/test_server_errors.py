"""Every failure is one problem document (RFC 9457), whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from operation_server.web.problems import TITLES, ApiProblem
from operation_server.web.schemas import Problem

DOWN = {
    "kafka_bootstrap": "127.0.0.1:1",
    "victoria_url": "http://127.0.0.1:1",
    "postgres_dsn": "postgresql+psycopg2://nobody:hidden-word@127.0.0.1:1/none",
    "rabbitmq_url": "amqp://nobody:hidden-word@127.0.0.1:1//",
    "redis_url": "redis://:hidden-word@127.0.0.1:1/0",
    "triton_http_url": "http://127.0.0.1:1",
}
ROUTES_THAT_NEED_POSTGRES = [
    "/batches",
    "/batches/x",
    "/trends/satellites",
    "/trends/metrics?satellite_id=S",
    "/trends/raw?satellite_id=S&metric=m",
    "/trends/prediction?satellite_id=S&metric=m",
    "/trends/compare?satellite_id=S&metric=m",
    "/trends/statistics?satellite_id=S&metric=m",
    "/inference/result/3f2b8a52-7f0c-4f0e-9c55-2f6f0a1b2c3d",
    "/inference/recent",
    "/inference/statistics",
    "/query/jobs",
    "/query/stats",
    "/search/results?q=x",
    "/config/satellites",
    "/config/models",
    "/dashboard/stats",
    "/dashboard/features?satellite_id=S",
    "/dashboard/anomalies",
    "/stream",
]


def add_broken_route(app: FastAPI) -> None:
    """Add a route that fails in a way that nobody foresaw."""

    @app.get("/broken", tags=["test"])
    def broken() -> None:
        raise RuntimeError("hidden-word")


@pytest.fixture(scope="module")
def client(run_server: Any, missions_dir: Path) -> Iterator[httpx.Client]:
    """A client of a server that finds every engine down."""
    with run_server(DOWN | {"missions_dir": missions_dir}, add_broken_route) as server:
        yield server.client


def assert_problem(answer: httpx.Response, status: int) -> Problem:
    """The answer is a problem document of this status, consistent in itself, without internals."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json())
    assert problem.status == status
    assert problem.type.startswith("urn:passwatch:problem:")
    assert problem.title
    assert problem.detail
    assert set(answer.json()) <= set(Problem.model_fields)
    assert (problem.errors is not None) == (status == 422)
    for secret in ("hidden-word", "Traceback", "psycopg2", "sqlalchemy"):
        assert secret not in answer.text
    return problem


@pytest.mark.parametrize("path", ROUTES_THAT_NEED_POSTGRES)
def test_a_missing_database_is_503(client: httpx.Client, path: str) -> None:
    """What needs PostgreSQL says so while it is down, and when to try again."""
    answer = client.get("/api/v1" + path)
    assert_problem(answer, 503)
    assert answer.headers["Retry-After"]


def test_what_needs_no_engine_answers(client: httpx.Client) -> None:
    """Liveness, metrics, and what the files alone tell are there without any engine."""
    assert client.get("/health").json() == {"status": "alive"}
    assert "passwatch_operation_server_requests_total" in client.get("/metrics").text
    assert client.get("/api/v1/config/system").json()["search_engine"] == "postgresql"
    assert len(client.get("/api/v1/config/subsystems").json()["items"]) >= 6
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Passwatch"


def test_readiness_names_every_dependency_that_is_down(client: httpx.Client) -> None:
    """With everything down the service is alive, not ready, and says of each dependency why."""
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    body = answer.json()
    assert body["ready"] is False
    down = {name for name, check in body["checks"].items() if not check["ok"]}
    assert {"postgres", "kafka", "results", "progress", "live", "victoria", "redis", "triton"} <= down
    assert all(check["detail"] for check in body["checks"].values())
    assert "hidden-word" not in answer.text


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1", "/api/v1/nothing", "/api/v1/batches/a/b"])
def test_what_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    """An unknown path is 404 and named."""
    assert path in assert_problem(client.get(path), 404).detail


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/batches"), ("GET", "/api/v1/inference/submit"), ("DELETE", "/health")]
)
def test_a_wrong_method_is_405(client: httpx.Client, method: str, path: str) -> None:
    """A method that a path does not have is 405."""
    assert_problem(client.request(method, path), 405)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/batches?limit=0", "query.limit"),
        ("/batches?limit=x", "query.limit"),
        ("/batches?verdict=GOOD", "query.verdict"),
        ("/batches?cursor=abc", "query.cursor"),
        ("/batches?from=yesterday", "query.from"),
        ("/batches?from=2026-01-01T00:00:00", "query.from"),
        ("/trends/raw?metric=m", "query.satellite_id"),
        ("/trends/raw?satellite_id=S&metric=m&range=2h", "query.range"),
        ("/trends/raw?satellite_id=S&metric=m&points=1", "query.points"),
        ("/batches?limit=1&limit=2", "query.limit"),
        ("/config/system?x=1", "query.x"),
        ("/stream?after=x", "query.after"),
    ],
)
def test_an_invalid_parameter_is_422_and_named(client: httpx.Client, path: str, field: str) -> None:
    """A parameter that is wrong is named."""
    problem = assert_problem(client.get("/api/v1" + path), 422)
    assert [e.field for e in problem.errors or []] == [field]


def test_a_misspelt_parameter_is_named_with_the_likely_one(client: httpx.Client) -> None:
    """A parameter that a route does not have is refused, and the closest one is suggested."""
    problem = assert_problem(client.get("/api/v1/batches?satelite_id=S"), 422)
    assert problem.errors is not None
    assert problem.errors[0].message == "no such parameter; did you mean satellite_id?"


@pytest.mark.parametrize(
    ("content", "field"),
    [(b"{", "body"), (b"", "body"), (b"[]", "body"), (b'{"batch_uid": 5}', "body.batch_uid"), (b"\xff", "body")],
)
def test_an_invalid_body_is_422_and_named(client: httpx.Client, content: bytes, field: str) -> None:
    """A body that is no request is refused, and the field is named."""
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/inference/submit", content=content, headers=headers)
    assert [e.field for e in assert_problem(answer, 422).errors or []] == [field]


def test_a_huge_body_is_413(client: httpx.Client) -> None:
    """A body beyond the limit is refused without being read."""
    assert_problem(client.post("/api/v1/inference/submit", content=b"x" * 200_000), 413)


def test_an_unexpected_failure_is_500_without_internals(client: httpx.Client) -> None:
    """What nobody foresaw is 500, and tells nothing of the inside."""
    assert_problem(client.get("/broken"), 500)


def test_every_kind_of_problem_has_a_title() -> None:
    """No failure that the code knows lacks a title, and their kinds differ."""
    kinds = ApiProblem.__subclasses__()
    assert all(k.status in TITLES for k in kinds)
    assert len({k.kind for k in kinds}) == len(kinds)
