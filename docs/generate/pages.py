"""Which files are generated, and what makes each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.generate import (
    adr_page,
    api_page,
    commands_page,
    contracts_page,
    metrics_page,
    picture,
    ports_page,
    settings_page,
    topics_page,
)
from docs.generate.packages import ROOT
from passwatch import asyncapi

PAGES: dict[str, Callable[[], str]] = {
    "docs/adr/README.md": adr_page.render,
    "docs/api.md": api_page.render,
    "docs/asyncapi.json": asyncapi.text,
    "docs/commands.md": commands_page.render,
    "docs/contracts.md": contracts_page.render,
    "docs/images/architecture.svg": picture.svg,
    "docs/metrics.md": metrics_page.render,
    "docs/operations/ports.md": ports_page.render,
    "docs/settings.md": settings_page.render,
    "docs/topics.md": topics_page.render,
}
"""By path from the root of the repository."""


def outdated(root: Path = ROOT) -> list[str]:
    """The generated files that are missing or not what the code says now."""
    return [path for path, render in PAGES.items() if _read(root / path) != render()]


def write(root: Path = ROOT) -> list[str]:
    """Write the generated files that are outdated; returns their paths."""
    changed = outdated(root)
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(PAGES[path](), encoding="utf-8")
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
