"""The detector on a file: verdict, exit status, and errors that name row and column."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from detection.command import app
from detection.files import FileError, read_csv

MODELS = str(Path(__file__).resolve().parents[2] / "triton-models" / "models")


def write(path: Path, count: int, *, fault: bool = False, seed: int = 1) -> Path:
    """One channel of a slow wave with noise, every 30 s."""
    rng = np.random.default_rng(seed)
    values = 20 + 3 * np.sin(np.arange(count) / 30) + 0.05 * rng.standard_normal(count)
    if fault:
        values[300:330] += 2.0
    rows = (f"{1_767_225_600_000 + i * 30_000},{value:.3f}" for i, value in enumerate(values))
    path.write_text("time,temp\n" + "\n".join(rows) + "\n")
    return path


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments, "--models", MODELS])
    return done.exit_code, done.stdout


def test_the_exit_status_is_the_verdict(tmp_path: Path) -> None:
    """0 for nominal, 1 for an anomaly, 3 for too little data, fitted on a file of nominal telemetry."""
    nominal = str(write(tmp_path / "nominal.csv", 3000))
    assert run(str(write(tmp_path / "calm.csv", 600, seed=2)), "--nominal", nominal)[0] == 0
    code, printed = run(str(write(tmp_path / "fault.csv", 600, fault=True, seed=2)), "--nominal", nominal, "--json")
    assert code == 1
    event = json.loads(printed)["events"][0]
    assert event["channel"] == "temp"
    assert (event["start"] - 1_767_225_600_000) // 30_000 in range(300, 330)
    assert run(str(write(tmp_path / "short.csv", 5)), "--nominal", nominal)[0] == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,a\n", "at least one row"),
        ("when,a\n1,2\n", "row 1: no column is named"),
        ("time,a,a\n1,2,3\n", "column 'a' is there twice"),
        ("time,a\n1,2\nsoon,3\n", "row 3, column 'time': 'soon' is no time"),
        ("time,a\n1,2\n2,warm\n", "row 3, column 'a': 'warm' is no number"),
        ("time,a\n1,2\n2\n", "row 3: 1 cells"),
    ],
)
def test_a_bad_file_is_refused_by_row_and_column(tmp_path: Path, text: str, said: str) -> None:
    """The error says where, and what was found there; the exit status is 2."""
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(FileError, match=said):
        read_csv(path)
    assert run(str(path), "--nominal", str(write(tmp_path / "nominal.csv", 200)))[0] == 2


def test_times_are_iso_or_milliseconds_and_empty_cells_are_missing(tmp_path: Path) -> None:
    """Both forms of time mean the same, and an empty cell is no sample."""
    path = tmp_path / "both.csv"
    path.write_text("Time,a\n1970-01-01T00:00:01Z,1\n2000,\n1970-01-01 00:00:03,3\n")
    table = read_csv(path)
    assert table.timestamps.tolist() == [1000, 2000, 3000]
    assert np.isnan(table.channels["a"]).tolist() == [False, True, False]
