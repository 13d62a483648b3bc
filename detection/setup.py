"""Puts the trained weights into the package, so that an installed ``passwatch`` needs no checkout.

Everything else stands in pyproject.toml. An editable install finds the weights in the checkout.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

MODELS = Path(__file__).resolve().parent.parent / "triton-models" / "models"


class BuildWithWeights(build_py):
    """Copies each model's newest version beside the code."""

    def run(self) -> None:
        """Build as usual, then copy."""
        super().run()
        if self.editable_mode or not MODELS.is_dir():
            return
        for model in (path for path in MODELS.iterdir() if path.is_dir()):
            newest = max((path for path in model.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))
            target = Path(self.build_lib) / "detection" / "models" / model.name / newest.name
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(newest / "model.onnx", target)


setup(cmdclass={"build_py": BuildWithWeights})
