"""What a new user sees: the simulator's verdicts in its container, by the API, and on the dashboard."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from passwatch.mission import Mission
from tests.compose.services import DAEMONS
from tests.compose.sizes import memory
from tests.support.browsing import CHANNEL, Watched, watched
from tests.support.console import Console, Json
from tests.support.figures import Figures
from tests.support.installation import Installation
from tests.support.station import Station

pytestmark = pytest.mark.compose

GIB = 1024**3
SUBSYSTEMS = {"eps", "thermal", "aocs", "comm"}


class Watch:
    """Looks at the memory of all containers until it is told to stop; keeps the most that it saw."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most: dict[str, int] = {}

    def _look(self) -> None:
        while not self._stop.is_set():
            try:
                now = memory(self._installation)
            except AssertionError:  # a busy engine has no answer now and then
                continue
            if sum(now.values()) > sum(self.most.values()):
                self.most = now

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture(scope="module")
def simulated(installation: Installation, console: Console, figures: Figures) -> dict[str, Any]:
    """One run of the simulator's container: what it printed, and the batches that the API has since."""
    before = {item["batch_uid"] for item in console.pages("/api/v1/batches")}
    begun = time.monotonic()
    with Watch(installation) as watch:
        done = installation.call("run", "--rm", "-T", "batch-simulator")
    figures.note("seconds", simulator=round(time.monotonic() - begun, 1))
    figures.note("memory_mib", under_the_simulator=round(sum(watch.most.values()) / 1024**2))
    new = [item for item in console.pages("/api/v1/batches") if item["batch_uid"] not in before]
    return {"printed": done.stdout, "batches": new, "memory": watch.most}


def test_the_simulator_prints_the_verdicts_that_the_api_has(simulated: dict[str, Any], console: Console) -> None:
    """Each batch is judged by all subsystems and lacks only what was not sent; its verdict is in what it printed."""
    batches: list[Json] = simulated["batches"]
    assert len(batches) == 6
    for item in batches:
        batch = console.batch(item["batch_uid"])
        assert batch is not None
        (line,) = [text for text in simulated["printed"].splitlines() if batch["batch_id"] in text]
        sent, records = _records(line)
        whole = sent == records
        assert whole or "dropped" in line  # one of the faults that it draws is a gap in the telemetry
        assert (batch["status"], batch["rule"]) == ("JUDGED", "complete" if whole else "grace")
        assert batch["completeness"] == pytest.approx(sent / records)
        assert {s["subsystem"] for s in batch["subsystems"]} == SUBSYSTEMS
        assert batch["verdict"] in line


def _records(line: str) -> tuple[int, int]:
    """How many records of a batch were sent, and how many it has, as a line of the simulator's table says."""
    found = re.search(r" (\d+)(?: of (\d+))?  ", line)
    assert found is not None, line
    return int(found[1]), int(found[2] or found[1])


def test_memory_under_the_simulator(simulated: dict[str, Any]) -> None:
    """While the simulator's batches are stored and judged, all containers together need at most 6 GiB."""
    assert set(simulated["memory"]) == set(DAEMONS)
    assert sum(simulated["memory"].values()) <= 6 * GIB


def test_the_dashboard_shows_the_simulators_batches(page: Page, simulated: dict[str, Any]) -> None:
    """A satellite that the simulator flew is on the dashboard, with its batches and their verdicts."""
    satellite = simulated["batches"][0]["satellite_id"]
    page.goto(f"/?satellite={satellite}&metric={CHANNEL}&range=1w")
    expect(page.get_by_role("status", name="Live updates")).to_have_text("Live")
    rows = page.get_by_role("table", name="Batches").get_by_role("row")
    for batch in simulated["batches"]:
        if batch["satellite_id"] == satellite:
            row = rows.filter(has_text=batch["batch_id"])
            expect(row).to_contain_text(batch["verdict"].capitalize().replace("_", " "))


def test_the_dashboard_shows_an_anomaly_where_it_is(
    page: Page, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """A pass with a fault, sent to the published broker, is shaded, listed with its channel, and in the table."""
    satellite: Watched = watched(mission, f"WEB-{unique}", start_ms)
    for sent in (satellite.nominal, satellite.faulty):
        station.whole(sent)
    station.flush()
    for sent in (satellite.nominal, satellite.faulty):
        console.judged(sent.uid)
    page.goto(satellite.address())
    expect(page.get_by_role("list", name="Anomalies in the chart").get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_role("list", name="Events").get_by_role("button", name=CHANNEL).first).to_be_visible()
    row = page.get_by_role("table", name="Batches").get_by_role("row").filter(has_text=satellite.faulty.batch_id)
    expect(row).to_contain_text("Anomaly")
