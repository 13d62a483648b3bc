"""What any program or web page may send: refused with a clear answer, or taken; never a failure, and never a change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from operation_server.app import create_app
from operation_server.times import END, EPOCH, parse_instant
from operation_server.web.guards import HostGuard, OriginGuard, host_name
from operation_server.web.handlers import UnexpectedErrors
from operation_server.web.schemas import has_control
from passwatch.observability import TRACEBACKS

DOCUMENT = create_app().openapi()
INSTANTS_OUTSIDE = ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "9000000000000", "2200-01-01T00:00:00Z"]


def parameters() -> Iterator[tuple[str, str, str]]:
    """Every GET route and each of its text parameters: path, where the parameter is, its name."""
    for path, methods in DOCUMENT["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter["in"] in ("path", "query"):
                yield path, parameter["in"], parameter["name"]


def asked(client: httpx.Client, path: str, name: str, value: str) -> httpx.Response:
    """The answer where one parameter has this value, and what else is needed a harmless one."""
    harmless = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    needed = [p for p in DOCUMENT["paths"][path]["get"].get("parameters", []) if p.get("required")]
    given = {p["name"]: harmless.get(p["name"], "1") for p in needed} | {name: value}
    in_path = set(re.findall(r"{(\w+)}", path))
    filled = path
    for one in in_path:
        filled = filled.replace(f"{{{one}}}", quote(given[one], safe=""))
    return client.get(filled, params={n: v for n, v in given.items() if n not in in_path})


@pytest.mark.engines
@pytest.mark.parametrize(("path", "place", "name"), list(parameters()))
def test_a_control_character_in_any_parameter_is_refused_by_name(server: Any, path: str, place: str, name: str) -> None:
    """NUL, which PostgreSQL does not store, and its like."""
    answer = asked(server.client, path, name, "a\x00b")
    assert answer.status_code == 422, answer.text
    assert f"{place}.{name}" in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.engines
@pytest.mark.parametrize("value", INSTANTS_OUTSIDE)
@pytest.mark.parametrize(("path", "name"), [(p[0], p[2]) for p in parameters() if p[2] in ("from", "to")])
def test_an_instant_outside_of_all_bounds_is_refused_by_name(server: Any, path: str, name: str, value: str) -> None:
    answer = asked(server.client, path, name, value)
    assert answer.status_code == 422, answer.text
    assert name in answer.text


@pytest.mark.engines
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/inference/submit", {"batch_uid": "a\x00"}, "batch_uid"),
        ("/api/v1/inference/submit", {"satellite_id": "S\x00", "from": 0, "to": 1}, "satellite_id"),
        ("/api/v1/inference/submit", {"satellite_id": "S", "from": "9999-12-31T23:59:59-14:00", "to": 1}, "from"),
        ("/api/v1/calibrations", {"mission": "m\x00", "from": 0, "to": 1}, "mission"),
        ("/api/v1/calibrations", {"mission": "m", "from": "0", "to": "1", "force": 0}, "force"),
        ("/api/v1/calibrations", {"mission": "m", "from": "0", "to": "1", "activate": "yes"}, "activate"),
        ("/api/v1/models/versions/1/promote", {"partial": "no"}, "partial"),
    ],
)
def test_a_field_that_is_not_what_it_must_be_is_refused_by_name(
    server: Any, path: str, body: dict[str, Any], field: str
) -> None:
    """Control characters in texts, instants outside of all bounds, truth written as a number or a word."""
    answer = server.client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert any(error["field"].endswith(field) for error in answer.json()["errors"])


@given(st.integers(-(10**20), 10**20) | st.datetimes().map(lambda d: d.isoformat() + "Z") | st.text(max_size=40))
def test_every_text_is_an_instant_within_the_bounds_or_a_value_error(value: object) -> None:
    try:
        found = parse_instant(str(value))
    except ValueError:
        return
    assert EPOCH <= found < END


@given(st.text(max_size=20))
def test_a_text_without_control_characters_can_be_stored(text: str) -> None:
    """What is let through is UTF-8 without NUL."""
    if not has_control(text):
        assert "\x00" not in text
        text.encode()


def guarded(guard: Callable[[FastAPI], None]) -> TestClient:
    app = FastAPI()
    guard(app)
    done: list[str] = []

    @app.api_route("/act", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def act() -> dict[str, int]:
        done.append("act")
        return {"acts": len(done)}

    return TestClient(app, base_url="http://127.0.0.1:8000")


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_page_of_another_origin_changes_nothing(method: str, headers: dict[str, str]) -> None:
    client = guarded(lambda app: app.add_middleware(OriginGuard))
    answer = client.request(method, "/act", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:passwatch:problem:foreign-origin")
    assert client.get("/act", headers=headers).json() == {"acts": 1}


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://127.0.0.1:8000"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_programs_and_own_pages_may_act(headers: dict[str, str]) -> None:
    client = guarded(lambda app: app.add_middleware(OriginGuard))
    assert client.post("/act", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "[::2]:80"])
def test_a_name_that_is_not_ours_is_refused(host: str) -> None:
    client = guarded(lambda app: app.add_middleware(HostGuard, hosts=["localhost", "127.0.0.1", "[::1]"]))
    answer = client.get("/act", headers={"Host": host})
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:passwatch:problem:wrong-host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:81", "127.0.0.1:8000", "[::1]:80", "localhost."])
def test_our_names_are_taken(host: str) -> None:
    client = guarded(lambda app: app.add_middleware(HostGuard, hosts=["localhost", "127.0.0.1", "[::1]"]))
    assert client.get("/act", headers={"Host": host}).status_code == 200
    assert host_name(host)


@pytest.mark.engines
def test_head_answers_as_get_does_without_a_body(server: Any) -> None:
    for path in ("/health", "/api/v1/batches", "/api/v1/openapi.json"):
        head, get = server.client.head(path), server.client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == get.headers["content-type"]


def test_the_docs_page_loads_nothing_from_elsewhere() -> None:
    """Its scripts and styles are this server's own, under a policy that allows no others."""
    client = TestClient(create_app())
    page = client.get("/api/v1/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"].partition("style-src")[0]
    assert "://" not in page.text
    for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        assert answer.content
    assert b"swagger" in client.get("/api/v1/docs/swagger-ui-bundle.js").content.lower()


def test_an_unforeseen_error_is_one_bounded_line_without_what_was_sent() -> None:
    """No local variables, whatever their size, and little of what the error says."""
    app = FastAPI()
    app.add_middleware(UnexpectedErrors)

    @app.get("/fails")
    def fails() -> None:
        secret = "s3cret" * 500_000
        raise RuntimeError("x" * len(secret))

    with capture_logs() as lines:
        answer = TestClient(app).get("/fails")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:passwatch:problem:internal-error")
    (line,) = lines
    rendered = json.dumps(TRACEBACKS(None, "error", dict(line)), default=str)
    assert "s3cret" not in rendered
    assert len(rendered) < 8_000


@pytest.mark.engines
def test_clients_that_leave_amid_events_harm_nobody(server: Any, a_pass: Any, sender: Any) -> None:
    """Five hundred streams are opened and cut while events are sent; the API answers all the while."""
    for _ in range(10):
        with httpx.Client(base_url=server.base_url, timeout=30) as client:
            streams = [client.stream("GET", "/api/v1/stream") for _ in range(50)]
            for one in streams:
                assert one.__enter__().status_code == 200
            data = a_pass()
            sender.results(*data.results())
        assert server.client.get("/health").status_code == 200
    server.judged(data.uid)
    assert json.loads(server.client.get("/health").content)
