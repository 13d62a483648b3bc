"""Fixtures that hand the whole running platform to tests; it is started when the first test asks for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from passwatch.mission import Mission, load_mission
from passwatch_native.services import ServiceOptions
from passwatch_native.stack import Stack
from tests.support.console import Console
from tests.support.moment import days_ago
from tests.support.station import Station

SETTINGS = {"PASSWATCH_QUIET_S": "12"}
"""A shorter patience than in operation, so that a test of silence does not take minutes."""


@pytest.fixture(scope="session")
def stack(stack_dir: Path) -> Stack:
    """The whole platform, with two operation-servers."""
    os.environ.update(SETTINGS)
    stack = Stack(stack_dir, options=ServiceOptions(operation_servers=2))
    stack.up()
    return stack


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """Where the platform is reached, through Nginx."""
    return stack.urls["base"]


@pytest.fixture(scope="session")
def console(base_url: str) -> Console:
    """The public API, through Nginx."""
    return Console(base_url)


@pytest.fixture(scope="session")
def station(stack: Stack) -> Station:
    """A ground station at the running platform."""
    return Station(stack.env["PASSWATCH_KAFKA_BOOTSTRAP"])


@pytest.fixture(scope="session")
def mission(missions_dir: Path) -> Mission:
    """The 33-channel default mission."""
    return load_mission(missions_dir / "default.json")


@pytest.fixture
def start_ms() -> int:
    """An event time 20 days back."""
    return days_ago(20)


@pytest.fixture(scope="session")
def stack_urls(stack: Stack) -> dict[str, Any]:
    """Every address of the platform."""
    return dict(stack.urls)
