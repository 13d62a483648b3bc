"""Candidates for the models as tests make them: the weights in force under another name, and calibrations for them."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec
import requests

from detection.calibration import Calibration, with_revision
from tests.support.wait import wait_for

DOC_STRING = 0x32
"""How a protobuf of an ONNX model begins its text for readers."""


class Operations:
    """Calibrations and model versions by the public API."""

    def __init__(self, base_url: str) -> None:
        self._url = base_url.rstrip("/") + "/api/v1"

    def get(self, path: str, **params: str | int) -> Any:
        """The JSON answer; an error status fails the test."""
        answer = requests.get(self._url + path, params=params, timeout=60)
        assert answer.ok, f"{answer.url}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """The JSON answer; another status fails the test."""
        answer = requests.post(self._url + path, json=body, timeout=150)
        assert answer.status_code == status, f"{answer.url}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def versions(self) -> dict[int, Any]:
        """The versions in the model repository, by number."""
        return {item["number"]: item for item in self.get("/models/versions")["items"]}

    def in_force(self) -> dict[tuple[str, str | None], str]:
        """The revisions in force, by mission and satellite."""
        found: dict[tuple[str, str | None], str | None] = {}
        for item in self.get("/calibrations/activations", limit=200)["items"]:
            found.setdefault((item["mission"], item["satellite_id"]), item["revision"])
        return {scope: revision for scope, revision in found.items() if revision is not None}

    def content(self, revision: str) -> Calibration:
        """The calibration of this revision."""
        return msgspec.convert(self.get(f"/calibrations/{revision}")["content"], Calibration)

    def fit(self, request: dict[str, Any], timeout_s: float = 180.0) -> Any:
        """Ask for a calibration and wait; what became of it."""
        asked = self.post("/calibrations", request, status=202)
        path = asked["url"].removeprefix("/api/v1")

        def finished() -> Any:
            item = self.get(path)
            return item if item["status"] != "QUEUED" else None

        return wait_for("the fit", finished, timeout_s, 0.2)

    def add_candidate(self, name: str, number: int) -> Any:
        """A version that computes what ``number`` does by other files, with calibrations for all that is in force."""
        weights = {}
        for model in self.versions()[number]["models"]:
            answer = requests.get(f"{self._url}/models/versions/{number}/weights/{model}", timeout=60)
            text = name.encode()
            weights[model] = answer.content + bytes([DOC_STRING, len(text)]) + text
        models = {model: hashlib.sha256(onnx).hexdigest()[:12] for model, onnx in weights.items()}
        calibrations = [
            {
                "mission": mission,
                "satellite_id": satellite,
                "calibration": msgspec.to_builtins(refitted(self.content(revision), name, models)),
            }
            for (mission, satellite), revision in self.in_force().items()
        ]
        body = {
            "models": {m: {"onnx": base64.b64encode(w).decode(), "manifest": {"model": m}} for m, w in weights.items()},
            "calibrations": calibrations,
        }
        return self.post("/models/versions", body, status=201)


def refitted(calibration: Calibration, source: str, models: dict[str, str]) -> Calibration:
    """The same numbers, said to be of other weights."""
    return with_revision(msgspec.structs.replace(calibration, source=source, models=models))
