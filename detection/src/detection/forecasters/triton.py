"""A model served by Triton, over gRPC."""

from __future__ import annotations

import numpy as np
import tritonclient.grpc as triton
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from detection.types import HORIZON, ForecasterUnavailable

_VERSION_DIGITS = 12


class TritonForecaster:
    """A served model; one request carries all windows."""

    def __init__(self, url: str, model: str, *, timeout_s: float = 30.0) -> None:
        """Use ``model`` of the server at ``url`` (``host:port`` of its gRPC service); nothing is sent yet."""
        self.model = model
        self._timeout_s = timeout_s
        self._client = triton.InferenceServerClient(url)

    @property
    def version(self) -> str:
        """The first 12 digits of the served weights' SHA-256, which the server checked when it loaded them.

        Raises:
            ForecasterUnavailable: the server does not answer or does not serve the model.
        """
        try:
            served = self._client.get_model_metadata(self.model, client_timeout=self._timeout_s).versions
            config = self._client.get_model_config(self.model, client_timeout=self._timeout_s).config
        except InferenceServerException as error:
            raise self._unavailable(error) from error
        newest = max(served, key=int)
        return str(config.parameters[f"sha256.{newest}"].string_value)[:_VERSION_DIGITS]

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Continue ``windows`` (float32 [B, 20]) by float32 [B, 10].

        Raises:
            ForecasterUnavailable: the server does not answer or does not serve the model.
        """
        if not len(windows):
            return np.empty((0, HORIZON), np.float32)
        request = triton.InferInput("windows", list(windows.shape), "FP32")
        request.set_data_from_numpy(np.ascontiguousarray(windows, dtype=np.float32))
        try:
            answer = self._client.infer(self.model, [request], client_timeout=self._timeout_s)
        except InferenceServerException as error:
            raise self._unavailable(error) from error
        return np.asarray(answer.as_numpy("forecast"), dtype=np.float32)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _unavailable(self, error: InferenceServerException) -> ForecasterUnavailable:
        return ForecasterUnavailable(f"{self.model}: {error.status() or 'no status'}: {error.message()}")
