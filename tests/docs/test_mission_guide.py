"""The guide of missions, followed as it is printed: its file is checked, and calibrated on nominal telemetry."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from detection.command import app
from docs.generate.packages import ROOT

GUIDE = (ROOT / "docs/guides/missions.md").read_text(encoding="utf-8")
START_MS, CADENCE_MS, ROWS = 1_767_225_600_000, 30_000, 1500


def _telemetry(path: Path) -> None:
    """Nominal telemetry of the guide's channels."""
    noise = np.random.default_rng(1).standard_normal((4, ROWS))
    swing = np.sin(np.arange(ROWS) / 30)
    values = [7.6 + 0.3 * swing, 20 + 4 * swing, 30 + 5 * swing, 10 + 30 * swing]
    steps = [0.01, 0.1, 0.5, 0.5]
    columns = [np.round((v + s * n) / s) * s for v, s, n in zip(values, steps, noise, strict=True)]
    lines = ["time,battery_voltage,battery_temp,obc_temp,panel_temp,mode"]
    for i in range(ROWS):
        lines.append(f"{START_MS + i * CADENCE_MS}," + ",".join(f"{column[i]:.2f}" for column in columns) + ",1")
    path.write_text("\n".join(lines))


def test_the_guides_commands_work_as_they_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every passwatch command of the guide succeeds on its own mission file, in the order in which they stand there."""
    printed = re.search(r"`(missions/\w+\.json)`:\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
    assert printed is not None
    file = tmp_path / printed[1]
    file.parent.mkdir()
    (file.parent / "calibration").mkdir()
    file.write_text(printed[2], encoding="utf-8")
    _telemetry(tmp_path / "nominal.csv")
    monkeypatch.chdir(tmp_path)
    commands = [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
    assert len(commands) == 4
    said = ""
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "passwatch"
        done = CliRunner().invoke(app, arguments)
        said = done.stdout + done.stderr
        assert done.exit_code == 0, f"{command}: {said}"
    assert "no calibration" not in said
    assert "It can be used." in said
