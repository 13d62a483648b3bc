"""The dashboard: its npm packages and its build."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from passwatch_native.install import node
from passwatch_native.install.command import run
from passwatch_native.install.stamps import Stamps, digest
from passwatch_native.paths import Checkout

NOT_SOURCES = {"node_modules", "dist", "test-results", "coverage"}


def environment(checkout: Checkout) -> dict[str, str]:
    """The caller's environment, in which ``node`` and ``npm`` are the ones to use."""
    own = node.folder(checkout)
    path = os.environ.get("PATH", "/usr/bin:/bin")
    return os.environ | ({"PATH": f"{own}:{path}"} if own else {})


def sources(frontend: Path) -> Iterator[Path]:
    """The files that a build is made from."""
    for entry in frontend.iterdir():
        if entry.name in NOT_SOURCES:
            continue
        yield from [entry] if entry.is_file() else (path for path in entry.rglob("*") if path.is_file())


def packages(checkout: Checkout, stamps: Stamps) -> bool:
    """Install the npm packages that the lock file names; returns whether there was anything to do."""
    frontend = checkout.frontend
    wanted = digest(checkout.root, [frontend / "package.json", frontend / "package-lock.json"])
    if stamps.is_current("npm", wanted) and (frontend / "node_modules").is_dir():
        return False
    run(
        "Installing the dashboard's npm packages",
        ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=frontend,
        env=environment(checkout),
        cure="Is the npm registry reachable?",
    )
    stamps.set("npm", wanted)
    return True


def build(checkout: Checkout, stamps: Stamps) -> bool:
    """Build the dashboard if its sources changed; returns whether there was anything to do."""
    frontend = checkout.frontend
    wanted = digest(checkout.root, sources(frontend))
    if stamps.is_current("dashboard", wanted) and (frontend / "dist/index.html").exists():
        return False
    run(
        "Building the dashboard",
        ["npm", "run", "--silent", "build"],
        cwd=frontend,
        env=environment(checkout),
        cure="`make lint` and `make types` tell more.",
    )
    stamps.set("dashboard", wanted)
    return True
