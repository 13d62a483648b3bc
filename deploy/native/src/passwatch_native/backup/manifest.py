"""What a backup's folder holds: files with their hashes, listed in a manifest that is written last."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
NAME = "manifest.json"
BLOCK = 1024 * 1024


class BackupError(RuntimeError):
    """A backup cannot be taken or brought back; the message names cause and cure."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str
    """UTC, ISO 8601."""
    way: str
    """How the platform ran that it was taken from: native or compose."""
    passwatch: str
    """The version of the project."""
    versions: dict[str, str]
    """Engines, and the schemas in PostgreSQL."""
    counts: dict[str, int]
    """Rows of the main tables, messages per topic."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Size in bytes and SHA-256 of each file, by its path in the folder."""
    format: int = FORMAT


def version() -> str:
    """The version of the project that is installed here."""
    return importlib.metadata.version("passwatch")


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Hash every file of the folder, and write the manifest: from now on it is a backup."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME)
    for path in paths:
        manifest.files[str(path.relative_to(folder))] = {"bytes": path.stat().st_size, "sha256": digest(path)}
    part = folder / f"{NAME}.part"
    part.write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    part.replace(folder / NAME)


def verified(folder: Path, tell: Callable[[str], None] = lambda _name: None) -> Manifest:
    """The manifest of a folder whose files are all there and unaltered; ``tell`` hears of each file.

    Raises:
        BackupError: it is no backup, not a whole one, an altered one, or of a format that this version cannot read.
    """
    path = folder / NAME
    if not path.is_file():
        raise BackupError(f"{folder} is no backup, or one that was broken off: it has no {NAME}")
    try:
        said = json.loads(path.read_text())
        if said["format"] != FORMAT:
            raise BackupError(f"{folder} has format {said['format']}, this version of Passwatch reads {FORMAT}")
        manifest = Manifest(**said)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from error
    problems = []
    for name, expected in manifest.files.items():
        tell(name)
        file = folder / name
        if not file.is_file():
            problems.append(f"{name} is missing")
        elif file.stat().st_size != expected["bytes"]:
            problems.append(f"{name} has {file.stat().st_size} bytes instead of {expected['bytes']}")
        elif digest(file) != expected["sha256"]:
            problems.append(f"{name} was altered: its SHA-256 differs")
    if problems:
        raise BackupError(f"{folder} is damaged, and nothing was brought back:\n" + "\n".join(problems))
    return manifest
