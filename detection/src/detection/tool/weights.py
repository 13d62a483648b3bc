"""Where the trained weights are, and the forecasters made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detection.api import MODELS
from detection.types import Forecaster

CHUNK = 4096
"""Windows between two reports of progress."""


class NoWeights(ValueError):
    """There are no weights to forecast with; the message says where they were looked for, or what to install."""


def repository(asked: Path | None) -> Path:
    """The model repository: the one asked for, that of the checkout, or that which was installed with the package.

    Raises:
        NoWeights: none of them has the models.
    """
    installed = Path(__file__).resolve().parents[1] / "models"
    checkout = [folder / "triton-models" / "models" for folder in (*Path(__file__).resolve().parents, Path.cwd())]
    tried = [asked] if asked else [installed, *checkout]
    for folder in tried:
        if all((folder / model).is_dir() for model in MODELS):
            return folder
    raise NoWeights(f"no folders {' and '.join(MODELS)} in {asked or installed}; say where they are with --models")


def forecasters(folder: Path) -> list[Forecaster]:
    """The newest version of each model of a repository, run by ONNX Runtime.

    Raises:
        NoWeights: ONNX Runtime is not installed, or a model has no version.
    """
    try:
        from detection.forecasters.onnx import load_forecasters  # noqa: PLC0415 - an extra that the worker lacks
    except ModuleNotFoundError as error:
        raise NoWeights("ONNX Runtime is missing: pip install './detection[files]'") from error
    try:
        return list(load_forecasters(folder, MODELS))
    except (OSError, ValueError) as error:
        raise NoWeights(f"{folder}: {error}") from error


class WithProgress:
    """A forecaster that reports how many windows it has done."""

    def __init__(self, forecaster: Forecaster, advance: Callable[[int], None]) -> None:
        self._forecaster, self._advance = forecaster, advance

    @property
    def model(self) -> str:
        """The model's name."""
        return self._forecaster.model

    @property
    def version(self) -> str:
        """Its version."""
        return self._forecaster.version

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Continue ``windows`` (float32 [B, 20]) by float32 [B, 10], some thousand at a time."""
        parts = []
        for begin in range(0, max(len(windows), 1), CHUNK):
            part = windows[begin : begin + CHUNK]
            parts.append(self._forecaster.forecast(part))
            self._advance(len(part))
        return np.concatenate(parts)
