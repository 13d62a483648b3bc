"""The committed weights: what the manifests, the configurations and ONNX Runtime say of them is one and the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

MODELS = Path(__file__).resolve().parents[1] / "models"
NAMES = ["vae_timeseries", "transformer_timeseries"]
ROOT = MODELS.parents[1]


@pytest.mark.parametrize("name", NAMES)
def test_manifest_and_configuration_name_the_committed_weights(name: str) -> None:
    """The SHA-256 in both is that of the file."""
    sha256 = hashlib.sha256((MODELS / name / "1" / "model.onnx").read_bytes()).hexdigest()
    manifest = json.loads((MODELS / name / "manifest.json").read_text())
    assert manifest["onnx_sha256"] == sha256
    configuration = (MODELS / name / "config.pbtxt").read_text()
    assert f'key: "sha256.1" value {{ string_value: "{sha256}" }}' in configuration


@pytest.mark.parametrize("name", NAMES)
def test_the_manifest_says_what_the_weights_were_made_of(name: str) -> None:
    """Each data source has its hash and licence, and the recorded data is that of the repository."""
    manifest = json.loads((MODELS / name / "manifest.json").read_text())
    assert all(source["sha256"] and source["licence"] for source in manifest["data"])
    recorded = hashlib.sha256((ROOT / "datasets/nasa-smap-msl/smap_msl.npz").read_bytes()).hexdigest()
    assert recorded in {source["sha256"] for source in manifest["data"]}
    assert manifest["hyperparameters"]["seed"] is not None


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_forecast_recorded_telemetry_as_well_as_the_manifest_says(name: str) -> None:
    """Recomputed through ONNX Runtime, the error on each recorded channel's held-out part is the manifest's."""
    manifest = json.loads((MODELS / name / "manifest.json").read_text())["held_out"]
    errors = manifest["mean_absolute_error"]
    assert errors["network"] < errors["persistence"]
    assert errors["network"] < errors["autoregression"]
    session = onnxruntime.InferenceSession(MODELS / name / "1" / "model.onnx", providers=["CPUExecutionProvider"])
    with np.load(ROOT / "datasets/nasa-smap-msl/smap_msl.npz") as arrays:
        for channel in ("P-2", "E-3", "T-1"):
            cut = held_out_windows(arrays[f"{channel}|train|value"].astype(np.float64))
            forecast = session.run(None, {"windows": cut[:, :20]})[0]
            assert float(np.abs(forecast - cut[:, 20:]).mean()) == pytest.approx(
                manifest["by_channel"][channel], abs=2e-4
            )


def held_out_windows(values: np.ndarray) -> np.ndarray:
    """The last fifth's windows of 30 at every fifth sample, in units of the rest's spread."""
    cut = len(values) * 4 // 5
    low, middle, high = np.quantile(values[:cut], (0.005, 0.5, 0.995))
    spread = max((high - low) / 4.0, values[:cut].std())
    scaled = ((values[cut:] - middle) / (spread or 1.0)).astype(np.float32)
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(scaled, 30)[::5])


@pytest.mark.parametrize("name", NAMES)
def test_a_window_that_does_not_move_goes_on_unmoved(name: str) -> None:
    """A flat window is continued by its own value, at any level."""
    session = onnxruntime.InferenceSession(MODELS / name / "1" / "model.onnx", providers=["CPUExecutionProvider"])
    flat = np.repeat(np.array([[0.0], [3.0], [-40.0]], np.float32), 20, axis=1)
    np.testing.assert_allclose(session.run(None, {"windows": flat})[0], flat[:, :10], atol=1e-4)
