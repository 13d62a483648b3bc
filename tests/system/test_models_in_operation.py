"""Calibrations fitted on chosen spans, and versions of the models promoted and rolled back, on the running platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from batch_simulator.faults import Fault, Kind
from passwatch.mission import Mission
from passwatch_native.stack import Stack
from tests.support.candidates import Operations
from tests.support.console import Console
from tests.support.moment import CADENCE_MS
from tests.support.station import BATCH_MS, RECORDS, Pass, Station, simulated
from tests.support.wait import wait_for

pytestmark = pytest.mark.system
ROOT = Path(__file__).resolve().parents[2]


def iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat()


def judged(station: Station, console: Console, sent: Pass) -> Any:
    """The batch of a pass, sent and judged."""
    station.whole(sent)
    station.flush()
    return console.judged(sent.uid)


def made_by(batch: Any) -> dict[str, Any]:
    """Models and calibration, the same for every subsystem of the batch."""
    names = ("models", "calibration")
    told = [{name: item[name] for name in names} for item in batch["provenance"]]
    assert told
    assert all(item == told[0] for item in told)
    return told[0]


@pytest.fixture
def operations(base_url: str) -> Operations:
    return Operations(base_url)


@pytest.fixture
def settled(operations: Operations) -> Iterator[dict[int, Any]]:
    """The versions, before and after the test as they were: what was promoted is rolled back."""
    before = operations.in_force()
    yield operations.versions()
    if operations.in_force() != before:
        operations.post("/models/rollback")
    assert operations.in_force() == before


def triton_pid(stack: Stack) -> int:
    return next(status.pid for status in stack.status() if status.name == "triton")


def serves_only(operations: Operations, number: int) -> bool | None:
    """Whether Triton serves this version and no other."""
    return {n for n, v in operations.versions().items() if v["served"]} == {number} or None


def test_a_calibration_fitted_on_a_span_judges_the_next_batch_once_it_is_active(
    console: Console, station: Station, operations: Operations, mission: Mission, unique: str, start_ms: int
) -> None:
    """It is kept by its revision and changes nothing; activated, the satellite's next verdict names it; and back."""
    satellite = f"CAL-{unique}"
    first = judged(station, console, simulated(mission, satellite, start_ms))
    before = made_by(first)
    assert (before["calibration"]["scope"], before["calibration"]["origin"]) == ("mission", "shipped")
    request = {
        "mission": "default",
        "satellite_id": satellite,
        "from": iso(start_ms),
        "to": iso(start_ms + BATCH_MS),
    }
    done = operations.fit(request)
    assert (done["status"], done["satellites"], done["skipped"]) == ("DONE", [satellite], [])
    assert set(done["samples"].values()) == {RECORDS}
    assert ("default", satellite) not in operations.in_force()
    assert operations.content(done["revision"]).revision == done["revision"]
    assert operations.fit(request)["revision"] == done["revision"]
    operations.post(f"/calibrations/{done['revision']}/activate")
    second = judged(station, console, simulated(mission, satellite, start_ms + BATCH_MS))
    now = made_by(second)
    assert now["models"] == before["models"]
    told = {name: now["calibration"][name] for name in ("revision", "scope", "origin", "from", "to")}
    asked = {name: done[name] for name in ("revision", "from", "to")}
    assert told == {"scope": "satellite", "origin": "fitted", **asked}
    operations.post("/calibrations/release", {"mission": "default", "satellite_id": satellite})
    third = judged(station, console, simulated(mission, satellite, start_ms + 2 * BATCH_MS))
    assert made_by(third) == before


def test_a_span_that_is_not_nominal_or_holds_too_little_is_refused(
    console: Console, station: Station, operations: Operations, mission: Mission, unique: str, start_ms: int
) -> None:
    """Anomalies in the span are named and stop it; a span with few samples says how many there were."""
    satellite = f"BAD-{unique}"
    begin = start_ms + 600 * CADENCE_MS
    fault = Fault(Kind.SHIFT, "battery_temp", begin, begin + 60 * CADENCE_MS, 8.0)
    assert judged(station, console, simulated(mission, satellite, start_ms, faults=[fault]))["verdict"] == "ANOMALY"
    span = {"mission": "default", "satellite_id": satellite, "from": iso(start_ms), "to": iso(start_ms + BATCH_MS)}
    refused = operations.post("/calibrations", span, status=409)
    assert "anomalies were found" in refused["detail"]
    assert satellite in refused["detail"]
    short = operations.fit(span | {"to": iso(start_ms + 99 * CADENCE_MS)})
    assert (short["status"], short["revision"]) == ("FAILED", None)
    assert "battery_voltage 100" in short["error"]
    assert "at least 1000 samples" in short["error"]


def test_promotion_and_rollback_change_what_judges_without_a_restart(
    stack: Stack,
    console: Console,
    station: Station,
    operations: Operations,
    settled: dict[int, Any],
    mission: Mission,
    unique: str,
    start_ms: int,
) -> None:
    """The next verdict names the new version and a calibration fitted with it; Triton lives on; and back again."""
    present = next(n for n, v in settled.items() if v["in_force"])
    before = made_by(judged(station, console, simulated(mission, f"PRO-{unique}", start_ms)))
    pid = triton_pid(stack)
    added = operations.add_candidate(unique, present)
    assert not added["in_force"]
    assert made_by(judged(station, console, simulated(mission, f"PRO-{unique}", start_ms + BATCH_MS))) == before
    operations.post(f"/models/versions/{added['number']}/promote", {})
    after = made_by(judged(station, console, simulated(mission, f"PRO-{unique}", start_ms + 2 * BATCH_MS)))
    assert after["models"] == added["models"]
    assert operations.content(after["calibration"]["revision"]).models == added["models"]
    wait_for("only the new version is served", lambda: serves_only(operations, added["number"]), every_s=0.5)
    assert triton_pid(stack) == pid
    stack.supervisor.stop("triton")
    stack.supervisor.start("triton")
    wait_for("it is served after a restart too", lambda: serves_only(operations, added["number"]), every_s=0.5)
    operations.post("/models/rollback")
    last = made_by(judged(station, console, simulated(mission, f"PRO-{unique}", start_ms + 3 * BATCH_MS)))
    assert last == before
    wait_for("only the former version is served", lambda: serves_only(operations, present), every_s=0.5)
    assert "no promotion" in operations.post("/models/rollback", status=409)["detail"]


def test_the_shadow_tells_what_a_candidate_would_have_found(
    stack: Stack,
    console: Console,
    station: Station,
    operations: Operations,
    mission: Mission,
    unique: str,
    start_ms: int,
    tmp_path: Path,
) -> None:
    """A calibration fitted on one hour alone takes the rest for news: the events it gains are listed and counted."""
    satellite = f"SHA-{unique}"
    for number in range(2):
        judged(station, console, simulated(mission, satellite, start_ms + number * BATCH_MS))
    narrow = {
        "mission": "default",
        "satellite_id": satellite,
        "from": iso(start_ms),
        "to": iso(start_ms + 119 * CADENCE_MS),
        "minimum_samples": 100,
    }
    revision = operations.fit(narrow)["revision"]
    report_file = tmp_path / "shadow.json"
    addresses = {"PASSWATCH_API_URL": stack.urls["base"], "PASSWATCH_VICTORIA_URL": stack.env["PASSWATCH_VICTORIA_URL"]}
    done = subprocess.run(  # noqa: S603 - the project's own command
        [
            *(sys.executable, "-m", "lifecycle.shadow", "--calibration", revision),
            *("--satellite", satellite, "--out", str(report_file)),
        ],
        cwd=ROOT / "triton-models",
        env=os.environ | addresses,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(report_file.read_text())
    assert (report["batches"], report["satellites"]) == (2, [satellite])
    assert report["events"]["present"] == sum(len(b["events"]) for b in listed(console, satellite))
    assert len(report["gained"]) > 0
    assert {event["satellite_id"] for event in report["gained"]} == {satellite}
    days = 2 * (RECORDS - 1) * CADENCE_MS / 86_400_000
    assert report["nuisances_per_day"]["candidate"] == pytest.approx(report["events"]["candidate"] / days)


def listed(console: Console, satellite: str) -> list[Any]:
    """The satellite's batches, with their evidence."""
    pages = console.pages("/api/v1/batches", satellite_id=satellite)
    return [console.get(f"/api/v1/batches/{batch['batch_uid']}") for batch in pages]
