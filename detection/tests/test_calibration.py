"""Calibrations: kept as files, identified by their content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detection.api import MODELS, Calibration, CalibrationError, load_calibration
from detection.calibration import save_calibration
from detection.evidence import ratio
from detection.fit import Nominal, fit_group
from detection.forecasters.onnx import load_forecasters
from detection.series import Series, gapless
from passwatch.mission import load_missions

ROOT = Path(__file__).resolve().parents[2]
MISSIONS = load_missions(ROOT / "missions")


def test_a_saved_calibration_is_read_back_the_same(calibration: Calibration, tmp_path: Path) -> None:
    """Saving and loading changes nothing."""
    save_calibration(calibration, tmp_path / "a" / "test.json")
    assert load_calibration(tmp_path / "a" / "test.json") == calibration


def test_a_calibration_changed_by_hand_is_refused(calibration: Calibration, tmp_path: Path) -> None:
    """The revision is the content's hash: what was changed after fitting is not used."""
    path = tmp_path / "test.json"
    save_calibration(calibration, path)
    path.write_text(path.read_text().replace('"samples": 28800', '"samples": 28801'))
    with pytest.raises(CalibrationError, match="does not match its revision"):
        load_calibration(path)
    with pytest.raises(CalibrationError, match="missing"):
        load_calibration(tmp_path / "missing.json")


def test_nominal_telemetry_is_within_its_own_bounds(calibration: Calibration) -> None:
    """Every member's bounds enclose its centre, strictly."""
    for channel in calibration.channels.values():
        for name, bounds in channel.members.items():
            assert bounds.low is None or bounds.low < bounds.centre, name
            assert bounds.high is None or bounds.centre < bounds.high, name


def test_a_constant_channel_is_calibrated_as_one() -> None:
    """A channel that never moved is constant, and any move beyond rounding is evidence."""
    times = np.arange(3000, dtype=np.int64) * 1000
    group = {"c": Nominal([Series(times, np.full(3000, 4.2), gapless(times, 1000), 0)])}
    fitted = fit_group(group, 1000, [])["c"]
    assert fitted.character == "constant"
    assert not fitted.settled
    assert "flat" not in fitted.members
    assert ratio(np.array([4.2, 4.3]), fitted.members["range"])[0] == 0.0
    assert ratio(np.array([4.2, 4.3]), fitted.members["range"])[1] > 1.0


@pytest.mark.parametrize("mission", sorted(MISSIONS))
def test_the_shipped_calibration_fits_its_mission_and_the_shipped_models(mission: str) -> None:
    """Every listed, judged channel is calibrated, at the mission's cadence and with the committed weights."""
    calibration = load_calibration(ROOT / "missions" / "calibration" / f"{mission}.json")
    assert calibration.cadence_ms == MISSIONS[mission].cadence_ms
    assert {c.name for c in MISSIONS[mission].channels if c.role == "judged"} <= set(calibration.channels)
    served = {f.model: f.version for f in load_forecasters(ROOT / "triton-models" / "models", MODELS)}
    assert calibration.models == served
