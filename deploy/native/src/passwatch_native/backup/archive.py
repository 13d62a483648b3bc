"""Folders as tar archives, plain: what lies in them is compressed already."""

from __future__ import annotations

import tarfile
from pathlib import Path

from passwatch_native.backup.manifest import digest


def pack(folder: Path, to: Path) -> None:
    """Write the files of a folder; links are followed, so that the archive holds what they lead to."""
    with tarfile.open(to, "w", dereference=True) as archive:
        archive.add(folder, arcname=".", filter=lambda info: None if "__pycache__" in info.name else info)


def unpack(given: Path, to: Path) -> None:
    """Write an archive's files into a folder; none can be written outside of it."""
    to.mkdir(parents=True, exist_ok=True)
    with tarfile.open(given) as archive:
        archive.extractall(to, filter="data")


def differing(given: Path, folder: Path, scratch: Path) -> list[str]:
    """The files of an archive that the folder does not have, or has otherwise."""
    unpack(given, scratch)
    found = []
    for path in sorted(p for p in scratch.rglob("*") if p.is_file()):
        name = path.relative_to(scratch)
        own = folder / name
        if not own.is_file() or digest(own) != digest(path):
            found.append(str(name))
    return found
