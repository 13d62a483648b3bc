"""The Compose file as both generations of Compose read it, before anything is started."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.compose.services import DAEMONS, ON_REQUEST, ONE_SHOT
from tests.support.compose_ports import DEFAULTS
from tests.support.engines import ROOT
from tests.support.installation import FILE, V1, V2, environment, run, variables

pytestmark = pytest.mark.compose

SECRETS = {name: f"secret-of-{name}" for name, default in variables().items() if not default}
COMMANDS = [V2] + ([V1] if shutil.which(V1[0]) else [])
"""Compose v2, and v1 where it is installed."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Compose file and nothing else."""
    shutil.copy(ROOT / FILE, tmp_path)
    return tmp_path


def config(folder: Path, compose: tuple[str, ...], *options: str) -> str:
    """What ``config`` prints in a folder whose .env is complete; it must not warn."""
    (folder / ".env").write_text("".join(f"{n}={v}\n" for n, v in ({"COMPOSE_PROJECT_NAME": "p"} | SECRETS).items()))
    done = run([*compose, *options], cwd=folder, env=environment())
    assert "warning" not in done.stderr.lower(), done.stderr
    return done.stdout


def services(folder: Path, *options: str) -> dict[str, Any]:
    """The services with their variables filled in."""
    read: dict[str, Any] = json.loads(config(folder, V2, *options, "config", "--format", "json"))["services"]
    return read


@pytest.mark.parametrize("compose", COMMANDS, ids=" ".join)
def test_the_file_is_valid(folder: Path, compose: tuple[str, ...]) -> None:
    """``config`` accepts it without a warning, and sees the services that the tests know."""
    assert config(folder, compose, "config")
    listed = set(config(folder, compose, "config", "--services").split())
    assert listed - set(ON_REQUEST) == {*DAEMONS, *ONE_SHOT}


@pytest.mark.parametrize("compose", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("missing", ["all", *sorted(SECRETS)])
def test_without_a_secret_it_stops_and_names_the_cure(folder: Path, compose: tuple[str, ...], missing: str) -> None:
    """A .env that is missing, or that lacks a secret, or has an empty one, stops Compose with the command to run."""
    given = {} if missing == "all" else {**SECRETS, missing: ""}
    if given:
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    done = run([*compose, "config"], cwd=folder, env=environment(), check=False)
    assert done.returncode != 0
    assert "bash init_kafka.sh" in done.stderr


def test_the_promised_ports_are_published_on_loopback_only(folder: Path) -> None:
    """Unless a variable moves it, each port is where the documentation says, and on 127.0.0.1."""
    published = [port for service in services(folder, "--profile", "*").values() for port in service.get("ports", ())]
    assert sorted(int(port["published"]) for port in published) == sorted(DEFAULTS.values())
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}
    assert {name: int(default) for name, default in variables().items() if name in DEFAULTS} == DEFAULTS
