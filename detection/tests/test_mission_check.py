"""``passwatch mission check``: what is wrong in a mission file is named before a service stops with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from detection.command import app

ROOT = Path(__file__).resolve().parents[2]
START_MS = 1_767_225_600_000


def mission(folder: Path, **changes: Any) -> Path:
    channel = {"name": "temp", "subsystem": "thermal", "unit": "°C", "resolution": 0.1, "limits": {"warning_high": 40}}
    content = {
        "id": "mysat",
        "name": "My satellite",
        "description": "",
        "cadence_s": 30,
        "batch_records": 120,
        "satellite_pattern": "MY-[0-9]+",
        "channels": [channel | changes.pop("channel", {})],
    }
    path = folder / "mysat.json"
    path.write_text(json.dumps(content | changes))
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["mission", "check", *map(str, arguments)])
    return done.exit_code, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("name", ["default", "simple", "nasa-smap-msl"])
def test_the_shipped_missions_can_be_used(name: str) -> None:
    """Each with its calibration beside it."""
    code, said = run(ROOT / f"missions/{name}.json")
    assert (code, "It can be used." in said, "no calibration" in said) == (0, True, False), said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "other"}, "the id is 'other', but the file's name says 'mysat'"),
        ({"cadence_s": 0}, "must be positive"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"satellite_pattern": "("}, "pattern '('"),
        ({"satellites": [{"id": "SAT-1", "name": "one"}]}, "satellite 'SAT-1' does not match satellite_pattern"),
        ({"channel": {"limits": {"warning_low": 5, "warning_high": 3}}}, "warning_low 5 lies above warning_high 3"),
        ({"channel": {"limits": {"warning_high": 9, "critical_high": 3}}}, "warning_high 9 lies above critical_high 3"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """The exit status is 2, and what is wrong is named."""
    code, printed = run(mission(tmp_path, **changes))
    assert (code, said in printed, "Traceback" in printed) == (2, True, False), printed


def test_what_would_help_is_told(tmp_path: Path) -> None:
    """A missing calibration, and channels without unit, resolution or limits; the file can be used all the same."""
    code, said = run(mission(tmp_path, channel={"unit": "", "resolution": None, "limits": {}}))
    assert code == 0
    for words in ("no unit: temp", "no resolution", "no limits: temp", "no calibration"):
        assert words in said


def test_telemetry_is_held_against_the_mission(tmp_path: Path) -> None:
    """Another cadence is refused; columns it does not know, channels that lack and limits that are passed are told."""
    file = tmp_path / "a.csv"
    file.write_text("time,Temp,temp\n" + "".join(f"{START_MS + i * 30_000},1,{35 + i}\n" for i in range(10)))
    code, said = run(mission(tmp_path), "--telemetry", file)
    assert code == 0
    assert "does not know 'Temp' (did you mean 'temp'?)" in said
    assert "channel 'temp': 44 °C is above its warning limit 40: is it nominal" in said
    file.write_text("time,x\n" + "".join(f"{START_MS + i * 1000},1\n" for i in range(10)))
    code, said = run(mission(tmp_path), "--telemetry", file)
    assert (code, "a row every 1 s, but mission mysat is for 30 s" in said) == (2, True)
