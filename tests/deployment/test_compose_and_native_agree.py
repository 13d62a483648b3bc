"""Compose and `make demo` run the same code by the same commands with the same settings."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from passwatch.settings import PREFIX, read_settings
from passwatch_native.credentials import Credentials
from passwatch_native.engines.layout import Layout
from passwatch_native.paths import Checkout
from passwatch_native.ports import PortPlan
from passwatch_native.services import (
    COMMANDS,
    Service,
    ServiceOptions,
    own_programs,
    own_steps,
    service_environment,
    settings_of,
)
from tests.deployment.compose_file import ROOT, SERVICE_DOCKERFILE, Run, is_one_shot, runs, services

RUNS = {run.service: run for run in runs()}
EACH = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
PASSED_ON = {"PASSWATCH_LOG_LEVEL", "PASSWATCH_ALLOWED_HOSTS"}
"""Compose hands on with a default what natively comes from the caller's shell, or not at all."""


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A native stack that is never started, from a shell that sets nothing."""
    for run in RUNS.values():
        for name in run.env:
            monkeypatch.delenv(name, raising=False)
    return Layout(tmp_path / "stack", PortPlan(20000), Credentials.random(), Checkout(ROOT))


def native_service(run: Run) -> Service:
    """The same service, natively."""
    return next(service for service in COMMANDS.values() if service.package == run.package)


def settings(env: dict[str, str]) -> dict[str, str]:
    """Those of the variables that are settings."""
    return {name: value for name, value in env.items() if name.startswith(PREFIX)}


@EACH
def test_a_container_is_given_what_its_command_declares(run: Run) -> None:
    """Nothing required is missing, nothing is unknown, and each value is valid."""
    read_settings(settings_of(native_service(run), run.verb), settings(run.env))


@EACH
def test_both_ways_set_the_same_names(run: Run, layout: Layout) -> None:
    """What one way tells a command, the other tells it too."""
    native = service_environment(layout, native_service(run), run.verb)
    assert set(settings(run.env)) - PASSED_ON == set(settings(native)) - PASSED_ON


def test_both_ways_run_the_same_daemons(layout: Layout) -> None:
    """The same packages by the same verb; natively Nginx itself has the console's files."""
    programs = {program.name: program.command for program in own_programs(layout, ServiceOptions())}
    native = {command[1:] for command in programs.values() if command[1] == "-m" and command[2] != "celery"}
    in_compose = {("-m", run.package, run.verb) for run in RUNS.values() if not is_one_shot(services()[run.service])}
    assert native == in_compose
    own = {name for name, service in services().items() if "build" in service and not is_one_shot(service)}
    assert own - {"triton-server", "frontend"} == set(programs)


def test_both_ways_take_the_same_steps_first(layout: Layout) -> None:
    """Topics and schemas are made by the same commands."""
    native = {step.command[1:] for step in own_steps(layout)}
    steps = [run for run in RUNS.values() if is_one_shot(services()[run.service]) and run.service != "batch-simulator"]
    assert native == {("-m", run.package, run.verb) for run in steps}


@EACH
def test_an_image_holds_the_package_that_natively_runs(run: Run) -> None:
    """The image is made of the folder from which the native environment's package is installed."""
    package = importlib.import_module(run.package)
    assert Path(str(package.__file__)).is_relative_to(ROOT / run.part / "src")
    assert services()[run.service]["build"]["dockerfile"] == SERVICE_DOCKERFILE


def test_flower_is_told_the_same_and_asks_for_a_password_where_it_is_published(layout: Layout) -> None:
    """Broker and management account are the same variables; only Compose publishes it beside Nginx."""
    flower = next(program for program in own_programs(layout, ServiceOptions()) if program.name == "flower")
    in_compose = services()["flower"]["environment"]
    assert set(in_compose) == set(flower.env) | {"FLOWER_BASIC_AUTH"}
