"""From a trained network to a folder that Triton serves: ONNX, manifest, configuration, curves."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import matplotlib as mpl
import msgspec
import numpy as np
import onnxruntime
import torch

from training.data import HORIZON, WINDOW
from training.fit import Curve
from training.networks import Normalised

mpl.use("Agg")
from matplotlib import pyplot

TOLERANCE = 1e-5

CONFIGURATION = """\
# Written by training/export.py. One request carries all windows of a subsystem, so nothing is batched further.
name: "{name}"
backend: "python"
max_batch_size: 0
input [ {{ name: "windows" data_type: TYPE_FP32 dims: [ -1, {window} ] }} ]
output [ {{ name: "forecast" data_type: TYPE_FP32 dims: [ -1, {horizon} ] }} ]
instance_group [ {{ count: 1 kind: KIND_CPU }} ]
version_policy: {{ specific {{ versions: [ {version} ] }} }}
parameters [
  {{ key: "sha256.{version}" value {{ string_value: "{sha256}" }} }},
  {{ key: "intra_op_threads" value {{ string_value: "1" }} }},
  {{ key: "windows_per_run" value {{ string_value: "256" }} }}
]
"""


class ExportError(RuntimeError):
    """The exported graph does not compute what the network computes."""


def export(network: Normalised, path: Path) -> float:
    """Write the network as ONNX and compare it with torch; the largest relative difference.

    Raises:
        ExportError: they differ by more than 1e-5 of the windows' size.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    network.eval()
    torch.onnx.export(
        network,
        (torch.zeros(4, WINDOW),),
        str(path),
        input_names=["windows"],
        output_names=["forecast"],
        dynamic_shapes={"window": {0: torch.export.Dim("batch", min=1, max=1 << 20)}},
        opset_version=18,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    rng = np.random.default_rng(5)
    worst = 0.0
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for size, level, batch in ((1.0, 0.0, 512), (0.01, 3.0, 1), (100.0, -20.0, 33), (0.0, 1.0, 7)):
        cut = (level + size * rng.standard_normal((batch, WINDOW)).cumsum(1)).astype(np.float32)
        with torch.no_grad():
            wanted = network(torch.from_numpy(cut)).numpy()
        got = session.run(None, {"windows": cut})[0]
        size_of = np.maximum(1.0, np.abs(cut).max(1, keepdims=True))
        worst = max(worst, float(np.max(np.abs(got - wanted) / size_of)))
    if worst > TOLERANCE:
        raise ExportError(f"{path}: ONNX Runtime and torch differ by {worst:.2g}, more than {TOLERANCE:g}")
    return worst


def configure(folder: Path, name: str, version: str) -> str:
    """Write ``config.pbtxt`` for the weights in the version folder; their SHA-256."""
    sha256 = hashlib.sha256((folder / version / "model.onnx").read_bytes()).hexdigest()
    text = CONFIGURATION.format(name=name, version=version, sha256=sha256, window=WINDOW, horizon=HORIZON)
    (folder / "config.pbtxt").write_text(text)
    return sha256


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write what made the weights beside them."""
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def draw(curve: Curve, title: str, path: Path) -> None:
    """A picture of the training: both losses by epoch, the kept epoch marked."""
    figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
    axes.plot(range(1, len(curve.train) + 1), curve.train, label="training loss")
    axes.plot(range(1, len(curve.validation) + 1), curve.validation, label="validation error (nominal spreads)")
    axes.axvline(curve.best + 1, color="grey", linestyle=":", label=f"kept: epoch {curve.best + 1}")
    axes.set(xlabel="epoch", yscale="log", title=title)
    axes.legend()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
