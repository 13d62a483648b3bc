"""Every service of the project tells its metrics, whichever way it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from passwatch_native.credentials import Credentials
from passwatch_native.engines.layout import Layout
from passwatch_native.paths import Checkout
from passwatch_native.ports import PortPlan
from passwatch_native.services import ServiceOptions, own_programs
from passwatch_native.stack import Stack
from tests.deployment.compose_file import ROOT, is_one_shot, services
from tests.support.metrics_endpoints import IN_COMPOSE, NATIVELY, OF_ITS_OWN


def test_every_service_of_ours_is_asked_for_its_metrics(tmp_path: Path) -> None:
    """The lists name each long-running service that we build, and each process that a native stack runs of ours."""
    assert set(IN_COMPOSE) == {n for n, s in services().items() if "build" in s and not is_one_shot(s)}
    layout = Layout(tmp_path / "stack", PortPlan(20000), Credentials.random(), Checkout(ROOT))
    programs = {program.name for program in own_programs(layout, ServiceOptions(operation_servers=2))}
    assert set(NATIVELY) == programs | {"triton"}


@pytest.mark.system
@pytest.mark.parametrize("process", NATIVELY)
def test_a_native_process_tells_its_metrics(stack: Stack, process: str) -> None:
    """/metrics answers in Prometheus' format, with something of its own."""
    answer = requests.get(f"http://127.0.0.1:{stack.layout.ports[NATIVELY[process]]}/metrics", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert OF_ITS_OWN[process] in answer.text
