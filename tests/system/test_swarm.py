"""Many satellites at once."""

from datetime import datetime, timedelta

import numpy as np
import pytest
import requests

from batch_simulator.generate import Telemetry
from passwatch.mission import Mission
from passwatch_native.stack import Stack
from tests.support.console import Console
from tests.support.moment import CADENCE_MS
from tests.support.station import Pass, Station, simulated
from tests.support.wait import wait_for

pytestmark = pytest.mark.system

SATELLITES = 1_000
RECORDS = 30


def test_a_thousand_satellites_end_their_pass_together(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """A thousand markers within seconds: no batch is judged on partial data, and the storage stays healthy."""
    like = simulated(mission, f"SWARM-{unique}", start_ms, records=RECORDS).telemetry
    sent = []
    for number in range(SATELLITES):
        telemetry = Telemetry(
            like.timestamps,
            {name: np.array(values) for name, values in like.channels.items()},
            [],
            like.indices,
        )
        sent.append(Pass(mission.id, f"SWARM-{unique}-{number:04}", f"{unique}-{number:04}", telemetry))
    for one in sent:
        station.records(one, range(RECORDS), size=10)
    for one in sent:
        station.marker(one)
    station.flush()
    wanted = {one.uid for one in sent}
    first = like.timestamps[0] - CADENCE_MS

    def all_judged() -> dict[str, dict[str, object]] | None:
        items = console.pages("/api/v1/batches", limit=200, status="JUDGED", **{"from": int(first)})
        found = {item["batch_uid"]: item for item in items if item["batch_uid"] in wanted}
        return found if len(found) == SATELLITES else None

    judged = wait_for("all batches judged", all_judged, 1_800, 2)
    assert {(b["records"], b["completeness"], b["revision"]) for b in judged.values()} == {(RECORDS, 1.0, 1)}
    assert {b["rule"] for b in judged.values()} == {"complete"}
    markers = [datetime.fromisoformat(str(b["marker_time"])) for b in judged.values()]
    assert max(markers) - min(markers) <= timedelta(seconds=10), "the load is not what this test is about"
    storage = requests.get(stack.env["PASSWATCH_VICTORIA_URL"] + "/health", timeout=30)
    assert storage.status_code == 200
    for name in ("victoria_consumer", "batch_inference_trigger", "analysis_worker"):
        assert requests.get(stack.urls[name] + "/health/ready", timeout=30).json()["ready"], name
