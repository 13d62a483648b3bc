"""Training the models, in an environment of its own: torch is wanted nowhere else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence

from passwatch_native.install import triton_venv
from passwatch_native.install.stamps import Stamps
from passwatch_native.paths import Checkout

LIBRARIES = ("passwatch", "detection", "batch-simulator")
"""The project's packages that training reads from their sources."""


def install(checkout: Checkout, progress: Callable[[str, str], None]) -> None:
    """Bring torch and what else training needs.

    Raises:
        InstallError: it could not be installed.
    """
    requirements = checkout.root / "triton-models/training/requirements.txt"
    progress("torch (several GB)", "installing")
    done = triton_venv.make(checkout, Stamps(checkout.tools / "stamps"), "train", checkout.train_venv, requirements)
    progress("torch (several GB)", "done" if done else "current")


def run(checkout: Checkout, arguments: Sequence[str]) -> int:
    """Train; returns the exit status."""
    paths = [str(checkout.root / library / "src") for library in LIBRARIES]
    done = subprocess.run(
        [checkout.train_venv / "bin/python", "-m", "training", *arguments],
        cwd=checkout.root / "triton-models",
        env=os.environ | {"PYTHONPATH": ":".join(paths)},
        check=False,
    )
    return done.returncode
