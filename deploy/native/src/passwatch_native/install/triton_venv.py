"""Triton's own Python environment."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from passwatch_native.install.command import run
from passwatch_native.install.stamps import Stamps, digest
from passwatch_native.paths import Checkout


def install(checkout: Checkout, stamps: Stamps) -> bool:
    """Make the environment that runs Triton; returns whether there was anything to do."""
    requirements = checkout.root / "triton-models/requirements.txt"
    return make(checkout, stamps, "triton", checkout.triton_venv, requirements)


def make(checkout: Checkout, stamps: Stamps, name: str, venv: Path, requirements: Path) -> bool:
    """Make a virtual environment of pinned requirements; returns whether there was anything to do."""
    wanted = digest(checkout.root, [requirements], str(venv), sys.version)
    if stamps.is_current(name, wanted) and (venv / "bin/python").exists():
        return False
    uv = Path(sys.executable).with_name("uv")
    cure = "Is the package index reachable, and is there room on the disk?"
    shutil.rmtree(venv, ignore_errors=True)
    run(f"Making {venv.name}", [uv, "venv", "--quiet", "--python", sys.executable, venv], cure=cure)
    run(
        f"Installing {requirements.relative_to(checkout.root)}",
        [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", venv / "bin/python", "-r", requirements],
        cure=cure,
    )
    stamps.set(name, wanted)
    return True
