"""What Triton says of the models that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from passwatch.health import Check
from passwatch.triton import KEY_HEADER

TIMEOUT_S = 2.0
LOAD_TIMEOUT_S = 60.0
READY = "READY"


class TritonDown(Exception):
    """Triton does not answer; the message says why."""


class LoadRefused(Exception):
    """Triton cannot load a model; it goes on serving what it served. The message says why."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a model; -1 in its shape stands for any length."""

    name: str
    datatype: str
    shape: list[int]


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of Triton's repository; versions and tensors are empty unless it is ready."""

    name: str
    state: str
    versions: list[str]
    platform: str | None
    inputs: list[Tensor]
    outputs: list[Tensor]


class Serving:
    """Asks Triton over HTTP. Safe for any number of threads: each question has a connection of its own."""

    def __init__(self, url: str, key: str) -> None:
        """``key`` opens what changes Triton; it asks for none if it was started without one."""
        self._url = url.rstrip("/")
        self._headers = {KEY_HEADER: key}

    def models(self) -> list[ServedModel]:
        """The models of the repository, by name.

        Raises:
            TritonDown: it does not answer.
        """
        try:
            states: dict[str, str] = {}
            for entry in self._asked("POST", "/v2/repository/index"):
                if states.get(entry["name"]) != READY:
                    states[entry["name"]] = entry.get("state", "UNAVAILABLE")
            return [self._model(name, states[name]) for name in sorted(states)]
        except (requests.RequestException, ValueError) as error:
            raise TritonDown(str(error)) from error

    def versions(self, model: str) -> set[int]:
        """The versions of a model that are served; none if it is not ready.

        Raises:
            TritonDown: it does not answer.
        """
        path = f"/v2/models/{quote(model, safe='')}"
        try:
            ready = requests.get(f"{self._url}{path}/ready", timeout=TIMEOUT_S).ok
            told = self._asked("GET", path) if ready else {}
        except (requests.RequestException, ValueError) as error:
            raise TritonDown(str(error)) from error
        return {int(version) for version in told.get("versions", [])}

    def load(self, model: str) -> None:
        """Have Triton read the model's configuration and serve what it says; what it serves goes on meanwhile.

        Raises:
            TritonDown: it does not answer.
            LoadRefused: it cannot serve that.
        """
        path = f"/v2/repository/models/{quote(model, safe='')}/load"
        try:
            answer = requests.post(self._url + path, headers=self._headers, timeout=LOAD_TIMEOUT_S)
        except requests.RequestException as error:
            raise TritonDown(str(error)) from error
        if not answer.ok:
            raise LoadRefused(_reason(answer))

    def check(self) -> Check:
        """Whether Triton is ready."""
        try:
            ready = requests.get(f"{self._url}/v2/health/ready", timeout=TIMEOUT_S).ok
        except requests.RequestException as error:
            return Check(ok=False, detail=str(error))
        return Check(ok=ready, detail="ready" if ready else "answers, but is not ready")

    def _model(self, name: str, state: str) -> ServedModel:
        if state != READY:
            return ServedModel(name, state, [], None, [], [])
        told = self._asked("GET", f"/v2/models/{quote(name, safe='')}")
        return ServedModel(
            name,
            state,
            list(told.get("versions", [])),
            told.get("platform"),
            [_tensor(t) for t in told.get("inputs", [])],
            [_tensor(t) for t in told.get("outputs", [])],
        )

    def _asked(self, method: str, path: str) -> Any:
        answer = requests.request(method, self._url + path, headers=self._headers, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()


def _reason(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, LookupError, TypeError):
        return f"{answer.status_code} {answer.text[:300]}"


def _tensor(told: dict[str, Any]) -> Tensor:
    return Tensor(name=told["name"], datatype=told["datatype"], shape=[int(n) for n in told.get("shape", [])])
