"""Served by the code that both models share."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "backend"))

from onnx_backend import TritonPythonModel

__all__ = ["TritonPythonModel"]
