"""Forecasters in process of any version that a stack's model repository has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from detection.forecasters.onnx import OnnxForecaster
from detection.types import Forecaster
from lifecycle.server import Refused, Server


class Weights:
    """Fetches weights once and keeps them in ``folder``."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._loaded: dict[tuple[str, str], OnnxForecaster] = {}

    def fetch(self, model: str, version: str) -> Path:
        """The ONNX file of this version (12 hex digits) of a model.

        Raises:
            Refused: the repository does not have it.
        """
        path = self._folder / model / version / "model.onnx"
        if not path.exists():
            items = self._server.get("/models/versions")["items"]
            number = next((item["number"] for item in items if item["models"].get(model) == version), None)
            if number is None:
                raise Refused(f"the model repository has no {model} {version}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._server.content(f"/models/versions/{number}/weights/{model}"))
        return path

    def forecasters(self, models: Mapping[str, str]) -> list[Forecaster]:
        """A forecaster of each model, of these versions.

        Raises:
            Refused: the repository does not have one of them.
        """
        for key in models.items():
            if key not in self._loaded:
                self._loaded[key] = OnnxForecaster(self.fetch(*key), model=key[0])
        return [self._loaded[key] for key in models.items()]
