"""Remembering what an installed thing was made from, so that it is made again only when that changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(root: Path, files: Iterable[Path], *extra: str) -> str:
    """A hash over these files' names and contents, and over ``extra``."""
    total = hashlib.sha256("\0".join(extra).encode())
    for path in sorted(files):
        total.update(str(path.relative_to(root)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """One small file per installed thing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_current(self, name: str, wanted: str) -> bool:
        """Whether the thing was made from what it would be made from now."""
        path = self._folder / name
        return path.exists() and path.read_text() == wanted

    def set(self, name: str, made_from: str) -> None:
        """Remember what the thing was made from; to be called when it is complete."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_text(made_from)
