"""A model served by Triton, over gRPC."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import tritonclient.grpc as triton
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from detection.forecasters.refusals import Refusals
from detection.types import HORIZON, Forecaster, ForecasterRefused, ForecasterTimedOut, ForecasterUnavailable

_VERSION_DIGITS = 12
_WRONG_REQUEST = ("StatusCode.INVALID_ARGUMENT", "StatusCode.UNIMPLEMENTED")
"""A model that takes other inputs, and a server that is no Triton: refused at once, for good."""
_MAY_PASS = ("StatusCode.NOT_FOUND", "StatusCode.INTERNAL", "StatusCode.UNKNOWN")
"""Said of a model while it is exchanged, and of one that is not there or fails, for ever. All else, above all
UNAVAILABLE, says that the server cannot be asked now. See
https://github.com/triton-inference-server/server/blob/main/src/grpc/grpc_utils.cc"""
_TOO_LATE = "StatusCode.DEADLINE_EXCEEDED"
"""No answer in time. A server that does not even tell what it serves cannot be asked now; of one that does, a forecast
may take longer than that each time."""


class TritonForecaster:
    """A served model; one request carries all windows."""

    def __init__(
        self, url: str, model: str, *, timeout_s: float = 30.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Use ``model`` of the server at ``url`` (``host:port`` of its gRPC service); nothing is sent yet.

        Every request is given ``timeout_s`` seconds.
        """
        self.model = model
        self._timeout_s = timeout_s
        self._client = triton.InferenceServerClient(url)
        self._unserved, self._unanswered = Refusals(monotonic), Refusals(monotonic)

    @property
    def version(self) -> str:
        """The first 12 digits of the SHA-256 of the newest weights served; the server checked it when it loaded them.

        Raises:
            ForecasterUnavailable: the server does not answer or does not serve the model.
            ForecasterRefused: it has not served the model for long, or takes other requests.
        """
        return next(reversed(self.served()))

    def served(self) -> dict[str, str]:
        """The number that the server gives each version that it serves now, the newest last.

        Raises:
            ForecasterUnavailable: the server does not answer or does not serve the model.
            ForecasterRefused: it has not served the model for long, or takes other requests.
        """
        try:
            numbers = self._client.get_model_metadata(self.model, client_timeout=self._timeout_s).versions
            config = self._client.get_model_config(self.model, client_timeout=self._timeout_s).config
        except InferenceServerException as error:
            raise self._failure(error, self._unserved) from error
        self._unserved.end()
        return {
            str(config.parameters[f"sha256.{number}"].string_value)[:_VERSION_DIGITS]: number
            for number in sorted(numbers, key=int)
        }

    def at(self, version: str | None) -> Forecaster:
        """This version of the model if it is served now, otherwise the newest; always the same weights from then on.

        Raises:
            ForecasterUnavailable: the server does not answer or does not serve the model.
            ForecasterRefused: it has not served the model for long, or takes other requests.
        """
        served = self.served()
        chosen = version if version in served else next(reversed(served))
        return _Pinned(self.model, chosen, served[chosen], self._infer)

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Continue ``windows`` (float32 [B, 20]) by float32 [B, 10], by the newest version.

        Raises:
            ForecasterUnavailable: the server does not answer or does not serve the model.
            ForecasterTimedOut: there was no forecast in time.
            ForecasterRefused: it has not served the model for long, or takes other requests.
        """
        return self._infer(windows, "")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _infer(self, windows: NDArray[np.float32], number: str) -> NDArray[np.float32]:
        if not len(windows):
            return np.empty((0, HORIZON), np.float32)
        request = triton.InferInput("windows", list(windows.shape), "FP32")
        request.set_data_from_numpy(np.ascontiguousarray(windows, dtype=np.float32))
        try:
            answer = self._client.infer(self.model, [request], number, client_timeout=self._timeout_s)
        except InferenceServerException as error:
            if error.status() == _TOO_LATE:
                self._unanswered.end()
                raise ForecasterTimedOut(f"{self.model}: no forecast in {self._timeout_s:g} s") from error
            raise self._failure(error, self._unanswered) from error
        self._unanswered.end()
        return np.asarray(answer.as_numpy("forecast"), dtype=np.float32)

    def _failure(self, error: InferenceServerException, refusals: Refusals) -> Exception:
        """What an error of the client means for who asked; ``refusals`` are those of the same kind of request."""
        status = error.status()
        text = f"{self.model}: {status or 'no status'}: {error.message()}"
        if status in _WRONG_REQUEST:
            return ForecasterRefused(text)
        if status not in _MAY_PASS:
            refusals.end()
            return ForecasterUnavailable(text)
        return ForecasterRefused(text) if refusals.refused() else ForecasterUnavailable(text)


class _Pinned:
    """One version of a served model."""

    def __init__(
        self, model: str, version: str, number: str, infer: Callable[[NDArray[np.float32], str], NDArray[np.float32]]
    ) -> None:
        self.model, self.version = model, version
        self._number, self._infer = number, infer

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """As :meth:`TritonForecaster.forecast`, by this version."""
        return self._infer(windows, self._number)
