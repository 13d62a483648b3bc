"""A served model's weights run in process by ONNX Runtime."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from detection.types import HORIZON

CHUNK = 256
"""Windows per run: a chunk's activations stay in the processor's cache."""


class OnnxForecaster:
    """A model of a Triton model repository, in process."""

    def __init__(self, path: Path, *, model: str | None = None, threads: int = 1) -> None:
        """Load ``path``, a ``<model>/<version>/model.onnx``; ``model`` names it where its folder does not."""
        content = path.read_bytes()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self.model = model or path.parent.parent.name
        self.version = hashlib.sha256(content).hexdigest()[:12]

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Continue ``windows`` (float32 [B, 20]) by float32 [B, 10]."""
        parts = [
            np.asarray(self._session.run(["forecast"], {"windows": windows[begin : begin + CHUNK]})[0])
            for begin in range(0, len(windows), CHUNK)
        ]
        return np.concatenate(parts) if parts else np.empty((0, HORIZON), np.float32)


def load_forecasters(repository: Path, models: tuple[str, ...]) -> list[OnnxForecaster]:
    """The newest version of each of the models in a Triton model repository."""
    found = []
    for model in models:
        versions = [path for path in (repository / model).iterdir() if path.name.isdecimal()]
        newest = max(versions, key=lambda path: int(path.name))
        found.append(OnnxForecaster(newest / "model.onnx"))
    return found
