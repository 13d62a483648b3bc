"""The process: its commands, how it starts, and how it stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.free_port import free_port

MODULE = [sys.executable, "-m", "operation_server"]


def environment(env: dict[str, Any], port: int) -> dict[str, str]:
    """The process environment for these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")}
    return kept | {f"PASSWATCH_{name.upper()}": str(v) for name, v in (env | {"http_port": port}).items()}


def test_missing_settings_are_named() -> None:
    """Without its settings the service does not start, and says which are missing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")}
    done = subprocess.run([*MODULE, "run"], env=kept, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 78
    assert "PASSWATCH_POSTGRES_DSN: not set" in done.stderr
    assert "PASSWATCH_HTTP_PORT: not set" in done.stderr


def test_help_shows_the_commands() -> None:
    """The help names every command."""
    done = subprocess.run([*MODULE, "--help"], capture_output=True, text=True, check=True)  # noqa: S603
    for command in ("run", "migrate", "reindex", "openapi"):
        assert command in done.stdout


def test_an_old_document_is_noticed(tmp_path: Path) -> None:
    """`openapi --check` fails on a file that is not current, and passes once it is written."""
    out = tmp_path / "openapi.json"
    check = [*MODULE, "openapi", "--out", str(out), "--check"]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1  # noqa: S603
    subprocess.run([*MODULE, "openapi", "--out", str(out)], check=True)  # noqa: S603
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0  # noqa: S603


@pytest.mark.engines
def test_a_server_starts_before_its_schema_and_stops_in_order(
    own_corner: Any, postgres_dsn: str, a_pass: Any, eventually: Any
) -> None:
    """It waits for its schema and says so; SIGTERM ends it with status 0, even while a browser follows the stream."""
    port = free_port()
    env = environment(own_corner.env | {"postgres_dsn": postgres_dsn}, port)
    process = subprocess.Popen([*MODULE, "run"], env=env, stderr=subprocess.PIPE, text=True)  # noqa: S603
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)

    def answers() -> bool:
        try:
            return client.get("/health").status_code == 200
        except httpx.ConnectError:
            return False

    try:
        eventually(answers, "an answer", 60)
        checks = client.get("/health/ready").json()["checks"]
        assert "run migrate" in checks["postgres"]["detail"]
        done = subprocess.run([*MODULE, "migrate"], env=env, capture_output=True, text=True, check=True)  # noqa: S603
        assert "before: none" in done.stdout
        eventually(lambda: client.get("/health/ready").json()["ready"], "readiness", 60)
        data = a_pass()
        own_corner.sender.results(*data.results())
        eventually(lambda: client.get(f"/api/v1/batches/{data.uid}").json().get("revision") == 1, "the verdict")
        with client.stream("GET", "/api/v1/stream") as stream:
            next(stream.iter_lines())
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
        client.close()
