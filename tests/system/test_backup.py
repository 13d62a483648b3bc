"""A backup of a platform that is at work, brought back on another one: everything is there again, once."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from batch_simulator.faults import Fault, Kind
from passwatch.mission import Mission
from passwatch.victoria import VictoriaClient
from passwatch_native.stack import Stack, free_port_base
from tests.support.console import Console, Json
from tests.support.moment import CADENCE_MS, days_ago
from tests.support.station import BATCH_MS, Pass, Station, simulated

pytestmark = pytest.mark.system

SHORT = 240


def native(*words: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Call the native way's command line."""
    command = [sys.executable, "-m", "passwatch_native", *map(str, words), "--way", "native"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)  # noqa: S603
    assert not check or done.returncode == 0, done.stderr[-4_000:]
    return done


@dataclass(frozen=True)
class Copy:
    """What was sent to a platform, a backup of it, and the platform that this was brought back on."""

    judged: list[Pass]
    in_flight: list[Pass]
    backup: Path
    folder: Path
    manifest: Json

    @property
    def stack(self) -> Stack:
        """The second platform."""
        return Stack(self.folder)

    @property
    def console(self) -> Console:
        """Its API."""
        return Console(self.stack.urls["base"])


@pytest.fixture(scope="module")
def copy(stack: Stack, console: Console, station: Station, mission: Mission) -> Iterator[Copy]:
    """A backup that was taken while batches were on their way, brought back in a folder of its own."""
    start = days_ago(40)
    begin = start + BATCH_MS + 600 * CADENCE_MS
    faults = [Fault(Kind.SHIFT, "battery_temp", begin, begin + 60 * CADENCE_MS, 8.0)]
    name = f"COPY-{uuid4().hex[:8]}"
    judged = [simulated(mission, name, start + n * BATCH_MS, faults=faults if n else ()) for n in range(2)]
    in_flight = [
        simulated(mission, f"{name}-{n}", start, records=SHORT, seed=n, batch_id=f"{name}-{n}") for n in range(4)
    ]
    station.raw("nobody", b"no telemetry", [])
    for one in judged:
        station.whole(one)
        station.flush()
        console.judged(one.uid)
    for one in in_flight:
        station.whole(one)
    station.flush()
    with tempfile.TemporaryDirectory(prefix="pw-") as scratch:
        Path(scratch).chmod(0o711)
        folder, backup = Path(scratch) / "stack", Path(scratch) / "backup"
        made = native("backup", backup, "--dir", stack.dir, "--json")
        try:
            native("restore", backup, "--dir", folder, "--port-base", str(free_port_base()))
            yield Copy(judged, in_flight, backup, folder, json.loads(made.stdout))
        finally:
            if Stack.exists(folder):
                Stack(folder).clean()


def samples(stack: Stack, satellite: str, sent: list[Pass]) -> dict[str, tuple[list[int], list[float]]]:
    """What the storage holds of a satellite, by series."""
    first, last = int(sent[0].telemetry.timestamps[0]), int(sent[-1].telemetry.timestamps[-1])
    series = VictoriaClient(stack.env["PASSWATCH_VICTORIA_URL"]).export(f'{{satellite_id="{satellite}"}}', first, last)
    return {s.metric["__name__"]: (s.timestamps, s.values) for s in series}


def test_every_sample_is_there_again(stack: Stack, copy: Copy) -> None:
    """Each series of the judged batches is the same on both platforms, bit by bit."""
    satellite = copy.judged[0].satellite_id
    original = samples(stack, satellite, copy.judged)
    assert len(original) == 33
    assert all(len(times) == sum(one.records for one in copy.judged) for times, _ in original.values())
    assert samples(copy.stack, satellite, copy.judged) == original


def test_every_verdict_event_and_conclusion_is_there_again(console: Console, copy: Copy) -> None:
    """The judged batches are answered by both APIs with the same words: verdicts, events, provenance, scores."""
    for one in copy.judged:
        original = console.get(f"/api/v1/batches/{one.uid}")
        assert {s["subsystem"] for s in original["subsystems"]} == {"eps", "thermal", "aocs", "comm"}
        assert copy.console.get(f"/api/v1/batches/{one.uid}") == original
    satellite = copy.judged[0].satellite_id
    for path in ("/api/v1/dashboard/anomalies", "/api/v1/search/results"):
        original_items = console.pages(path, satellite_id=satellite)
        assert original_items
        assert copy.console.pages(path, satellite_id=satellite) == original_items


def test_every_forecast_is_there_again(console: Console, copy: Copy, mission: Mission) -> None:
    """Forecasts, scores and raw samples of every channel are the same on both platforms."""
    one = copy.judged[-1]
    times = one.telemetry.timestamps
    span: dict[str, Any] = {"from": int(times[0]), "to": int(times[-1]), "points": 5_000}
    for channel in mission.channels:
        asked = {"satellite_id": one.satellite_id, "metric": channel.name, **span}
        original = console.get("/api/v1/trends/prediction", **asked)
        assert set(original["forecasts"]) == {"vae_timeseries", "transformer_timeseries"}
        assert copy.console.get("/api/v1/trends/prediction", **asked) == original, channel.name


def test_calibrations_and_missions_are_there_again(console: Console, copy: Copy) -> None:
    """Both platforms judge by the same missions and calibrations."""
    for path in ("/api/v1/calibrations", "/api/v1/config/subsystems"):
        assert copy.console.get(path) == console.get(path), path


def test_what_was_on_its_way_is_judged_once(copy: Copy) -> None:
    """Batches that nobody had judged when the backup was taken are judged: whole, each subsystem once."""
    for one in copy.in_flight:
        batch = copy.console.judged_whole(one.uid)
        for revision in batch["revisions"]:
            verdicts = Counter(s["subsystem"] for s in revision["subsystems"])
            assert verdicts == {"eps": 1, "thermal": 1, "aocs": 1, "comm": 1}
        stored = samples(copy.stack, one.satellite_id, [one])
        assert {tuple(times) for times, _ in stored.values()} == {tuple(one.telemetry.timestamps.tolist())}
        assert len(stored) == 33


def test_refused_telemetry_is_there_again(copy: Copy) -> None:
    """The dead letters are kept whole; what was refused can be listed on the second platform."""
    assert copy.manifest["counts"]["messages of dead-letters"] >= 1
    command = [sys.executable, "-m", "passwatch_native", "call", "--dir", str(copy.folder), "victoria-consumer"]
    done = subprocess.run(  # noqa: S603
        [*command, "dead-letters", "list", "--json"], capture_output=True, text=True, check=True, timeout=120
    )
    assert len(done.stdout.splitlines()) >= 1


def test_a_platform_with_data_is_not_overwritten_unless_it_is_forced(copy: Copy) -> None:
    """Restoring onto what runs changes nothing; with --force it replaces what is there, also from a damaged state."""
    uid = copy.judged[0].uid
    before = copy.console.get(f"/api/v1/batches/{uid}")
    refused = native("restore", copy.backup, "--dir", copy.folder, check=False)
    assert refused.returncode == 1
    assert "is running" in refused.stderr
    assert "--force" in refused.stderr
    assert copy.console.get(f"/api/v1/batches/{uid}") == before
    again = native("backup", copy.backup, "--dir", copy.folder, check=False)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    native("restore", copy.backup, "--dir", copy.folder, "--force")
    assert copy.console.get(f"/api/v1/batches/{uid}") == before


def test_a_damaged_backup_is_refused_before_anything_is_changed(copy: Copy, tmp_path: Path) -> None:
    """An altered file is named, and not even an empty folder is made for the platform."""
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in copy.backup.rglob("*"):
        if path.is_file():
            target = broken / path.relative_to(copy.backup)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    (broken / "victoria.tar").write_bytes(b"nothing")
    done = native("restore", broken, "--dir", tmp_path / "stack", "--port-base", str(free_port_base()), check=False)
    assert done.returncode == 1
    assert "victoria.tar has 7 bytes" in done.stderr
    assert not (tmp_path / "stack/data").exists()
    assert native("restore", copy.backup, "--check").returncode == 0
