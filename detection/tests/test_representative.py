"""Nominal telemetry that an engineer says is representative: the reference is nominal, and small things are found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from detection.calibration import ChannelCalibration
from detection.command import app
from detection.evidence import ratio
from detection.fit import SETTLED_SAMPLES, Nominal, fit_group
from detection.members import surprise
from detection.series import Series, prepare
from detection.types import ChannelInput, Floats

CADENCE_MS = 1000
NOMINAL = 3000


def series(values: Floats) -> Series:
    times = np.arange(len(values), dtype=np.int64) * CADENCE_MS
    return prepare(ChannelInput("x", "", times, values, 0, len(values)), CADENCE_MS)


def telemetry(count: int, seed: int = 3) -> Floats:
    rng = np.random.default_rng(seed)
    return np.asarray(np.sin(np.arange(count) / 20.0) + rng.normal(0.0, 0.01, count), dtype=np.float64)


def fitted(values: Floats, *, representative: bool = True) -> ChannelCalibration:
    return fit_group({"x": Nominal([series(values)], representative=representative)}, CADENCE_MS, ())["x"]


@pytest.mark.parametrize("scale", [1e-13, 1.0, 1e9])
@pytest.mark.parametrize("odd", [None, -999.0, 3e38, np.nan, np.inf])
def test_one_odd_value_in_nominal_deafens_nobody(scale: float, odd: float | None) -> None:
    """A bound is where 98 of 100 blocks end, so one fill value does not move it by much, in any unit."""
    values = scale * telemetry(NOMINAL)
    clean = fitted(values).members["surprise"]
    if odd is not None:
        values[1000] = odd
    found = fitted(values).members["surprise"]
    assert clean.high is not None
    assert found.high is not None
    if odd is None or not np.isfinite(odd):
        assert found.high == pytest.approx(clean.high, rel=0.1)
    usable = series(values)
    statistic = surprise(usable, np.zeros(len(usable)))
    assert np.nanmax(ratio(statistic, found)) <= 1.0


def test_only_what_is_representative_is_judged_by_its_reach() -> None:
    """Otherwise what was not seen yet may be nominal, and the members that compare with the past decide."""
    assert "surprise" not in fitted(telemetry(NOMINAL), representative=False).members
    known = fitted(telemetry(NOMINAL))
    assert known.settled
    assert {"surprise", "flat", "range", "level"} <= known.members.keys()
    assert not {"activity", "autoregression_mean"} & known.members.keys()
    assert "activity" in fitted(telemetry(SETTLED_SAMPLES)).members


def test_a_channel_that_stands_still_in_nominal_is_not_held_to_move() -> None:
    """Runs of one value that are longer than 25 samples in nominal telemetry bound nothing."""
    values = np.repeat(telemetry(200), 40)
    assert "flat" not in fitted(values).members


@pytest.mark.parametrize("kind", ["jump", "stuck"])
def test_small_faults_are_found_after_little_nominal_telemetry(tmp_path: Path, kind: str) -> None:
    """A jump of 0.15, or seven samples of one value, in a wave of amplitude 1 is found and told if nominal telemetry is
    said to be representative; there is no other event."""
    values = telemetry(NOMINAL + 1000)
    at = round(20.0 * (0.5 + 54) * np.pi) - 3  # on a crest, where seven samples of one value end without a jump
    if kind == "jump":
        values[at] += 0.15
    else:
        values[at : at + 7] = values[at]
    file = tmp_path / "x.csv"
    times = np.datetime64("2026-03-01T00:00:00") + np.arange(len(values)).astype("timedelta64[s]")
    file.write_text("time,x\n" + "\n".join(f"{t}Z,{v:.6f}" for t, v in zip(times, values, strict=True)) + "\n")
    options = ["detect", str(file), "--nominal-rows", str(NOMINAL), "--json"]
    events = json.loads(CliRunner().invoke(app, options).stdout)["events"]
    assert not [event for event in events if event["detector"] in {"surprise", "flat"}]
    events = json.loads(CliRunner().invoke(app, [*options, "--representative"]).stdout)["events"]
    assert [event["detector"] for event in events] == ["surprise" if kind == "jump" else "flat"]
    assert ("a jump of" if kind == "jump" else "unchanged for") in events[0]["explanation"]


def test_it_is_about_what_is_fitted(tmp_path: Path) -> None:
    """A calibration that is loaded was fitted before: saying it then is refused."""
    done = CliRunner().invoke(app, ["detect", str(tmp_path / "x.csv"), "--calibration", "c.json", "--representative"])
    assert done.exit_code == 2
