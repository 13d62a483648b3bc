"""The Python-backend model that both models share: windows [B, 20] in, forecasts [B, 10] out, by ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils
from providers import check, providers


class TritonPythonModel:
    """One instance of a served model: the ``model.onnx`` of its version folder in an ONNX Runtime session."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the weights and refuse them if they are not those that the configuration names."""
        config = json.loads(args["model_config"])
        version = args["model_version"]
        parameters = {name: value["string_value"] for name, value in config["parameters"].items()}
        weights = Path(args["model_repository"]) / version / "model.onnx"
        content = weights.read_bytes()
        found, wanted = hashlib.sha256(content).hexdigest(), parameters[f"sha256.{version}"]
        if found != wanted:
            raise pb_utils.TritonModelException(f"{weights}: SHA-256 is {found}, config.pbtxt says {wanted}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(parameters["intra_op_threads"])
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._chunk = int(parameters["windows_per_run"])
        kind = args["model_instance_kind"]
        if kind == "GPU":
            onnxruntime.preload_dlls()
        where = providers(kind, args["model_instance_device_id"])
        self._session = onnxruntime.InferenceSession(content, options, providers=where)
        check(kind, self._session.get_providers())
        self._forecast(np.zeros((1, 20), np.float32))

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request; one that fails gets its own error and affects no other."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        windows = pb_utils.get_input_tensor_by_name(request, "windows").as_numpy()
        try:
            forecast = self._forecast(windows)
        except Exception as error:
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(f"{type(error).__name__}: {error}"))
        return pb_utils.InferenceResponse([pb_utils.Tensor("forecast", forecast)])

    def _forecast(self, windows: np.ndarray) -> np.ndarray:
        """Run in chunks: a chunk's activations stay in the cache, and the memory needed is bounded."""
        parts = [
            self._session.run(None, {"windows": windows[start : start + self._chunk]})[0]
            for start in range(0, len(windows), self._chunk)
        ]
        return np.concatenate(parts) if parts else np.empty((0, 10), np.float32)
