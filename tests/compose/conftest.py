"""One installation by Docker Compose for all tests of this folder; they leave it running and healthy."""

from __future__ import annotations

import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import compose_ports
from tests.support.engines import ROOT
from tests.support.figures import Figures
from tests.support.installation import Installation, copy_checkout, run
from tests.support.station import Station

REPORT = ROOT / ".run/compose.json"
LOGS = ROOT / ".run/compose.log"
"""What the last containers said."""
BUILD_S = 1_500.0
FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to keep figures."""
    config.stash[FIGURES] = Figures()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured, and keep it in a file."""
    figures = config.stash[FIGURES]
    if figures.values:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(json.dumps(figures.values, indent=2) + "\n", encoding="utf-8")
        terminalreporter.section(f"measured, also in {REPORT.relative_to(ROOT)}")
        for line in figures.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """Where tests put what they measured."""
    return pytestconfig.stash[FIGURES]


@pytest.fixture(scope="session")
def engine() -> dict[str, Any]:
    """What the container engine says of itself; without one, nothing here can be shown, and every test fails."""
    try:
        asked = run(["docker", "info", "--format", "{{json .}}"], check=False)
        problem = asked.stderr.strip() if asked.returncode else ""
    except FileNotFoundError:
        problem = "there is no command `docker`"
    if problem:
        pytest.fail(f"No container engine can be used, so Compose cannot be tested here: {problem}", pytrace=False)
    run(["docker", "compose", "version"])
    described: dict[str, Any] = json.loads(asked.stdout)
    return described


@pytest.fixture(scope="session")
def installation(engine: dict[str, Any], figures: Figures) -> Iterator[Installation]:
    """The platform, built and started as its users do it, and removed with all that it left."""
    name = f"passwatch-test-{uuid.uuid4().hex[:8]}"
    settings = {n: str(port) for n, port in compose_ports.to_use().items()}
    settings |= {"COMPOSE_PROJECT_NAME": name, "IMAGE_TAG": name}
    figures.note("engine", version=engine["ServerVersion"], cpus=engine["NCPU"])
    with tempfile.TemporaryDirectory(prefix="passwatch-") as folder:
        copy_checkout(Path(folder))
        installed = Installation(Path(folder), settings)
        installed.write_settings()
        try:
            _build(installed, figures, cold=bool(os.environ.get("COLD")))
            begun = time.monotonic()
            installed.init()
            installed.up()
            figures.note("seconds", cold_start=round(time.monotonic() - begun, 1))
            yield installed
        finally:
            LOGS.parent.mkdir(exist_ok=True)
            LOGS.write_text(installed.call("logs", "--no-color", "--timestamps", check=False).stdout, encoding="utf-8")
            installed.remove()


def _build(installed: Installation, figures: Figures, *, cold: bool) -> None:
    """Build every image; what the engine still has of an earlier build is used again, unless ``cold``."""
    begun = time.monotonic()
    installed.build(*(["--no-cache"] if cold else []), timeout_s=BUILD_S)
    figures.note("seconds", **{"cold_build" if cold else "build": round(time.monotonic() - begun, 1)})


@pytest.fixture(scope="session")
def base_url(installation: Installation) -> str:
    """Where the platform is reached."""
    return installation.url("HTTP_PORT")


@pytest.fixture(scope="session")
def station(installation: Installation) -> Station:
    """A ground station at the published broker."""
    return Station(f"127.0.0.1:{installation.port('KAFKA_PORT')}")


@pytest.fixture(autouse=True)
def nothing_restarts_by_itself(request: pytest.FixtureRequest) -> Iterator[None]:
    """Law of every test with an installation: what the test did not kill was not started again by the engine."""
    if "installation" not in request.fixturenames:
        yield
        return
    installation: Installation = request.getfixturevalue("installation")
    before = {container.id: container.restarts for container in installation.containers()}
    killed = len(installation.killed)
    yield
    found = {c.id: c for c in installation.containers()}
    expected = {i: 1 for i in installation.killed[killed:] if i in found}
    restarts = {i: c.restarts - before.get(i, 0) for i, c in found.items() if c.restarts != before.get(i, 0)}
    said = [f"{found[i]}\n{installation.log_of(found[i], 40)}" for i in restarts.keys() - expected.keys()]
    assert restarts == expected, "\n".join(said)
