"""What Triton says of the models that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

from operation_server.schemas.config import TensorItem
from passwatch.health import Check

TIMEOUT_S = 2.0
READY = "READY"


class TritonDown(Exception):
    """Triton does not answer; the message says why."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of Triton's repository; versions and tensors are empty unless it is ready."""

    name: str
    state: str
    versions: list[str]
    platform: str | None
    inputs: list[TensorItem]
    outputs: list[TensorItem]


class Serving:
    """Asks Triton over gRPC."""

    def __init__(self, url: str) -> None:
        self._client = triton.InferenceServerClient(url)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def models(self) -> list[ServedModel]:
        """The models of the repository, by name.

        Raises:
            TritonDown: it does not answer.
        """
        try:
            index = self._client.get_model_repository_index(as_json=True, client_timeout=TIMEOUT_S)
            states: dict[str, str] = {}
            for entry in index.get("models", []):
                if states.get(entry["name"]) != READY:
                    states[entry["name"]] = entry.get("state", "UNAVAILABLE")
            return [self._model(name, states[name]) for name in sorted(states)]
        except InferenceServerException as error:
            raise TritonDown(str(error)) from error

    def check(self) -> Check:
        """Whether Triton is ready."""
        try:
            ready = self._client.is_server_ready(client_timeout=TIMEOUT_S)
        except InferenceServerException as error:
            return Check(ok=False, detail=str(error))
        return Check(ok=bool(ready), detail="ready" if ready else "answers, but is not ready")

    def _model(self, name: str, state: str) -> ServedModel:
        if state != READY:
            return ServedModel(name, state, [], None, [], [])
        told: dict[str, Any] = self._client.get_model_metadata(name, as_json=True, client_timeout=TIMEOUT_S)
        return ServedModel(
            name,
            state,
            list(told.get("versions", [])),
            told.get("platform"),
            [_tensor(t) for t in told.get("inputs", [])],
            [_tensor(t) for t in told.get("outputs", [])],
        )


def _tensor(told: dict[str, Any]) -> TensorItem:
    return TensorItem(name=told["name"], datatype=told["datatype"], shape=[int(n) for n in told.get("shape", [])])
