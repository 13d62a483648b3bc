"""Brings a stack's own model repository up to date with what is shipped: ``python seed.py TARGET``; needs nothing else.

A stack has a repository of its own because versions are added to it, and because it says which of them are served.
Both stay as they are: only what is shipped is added, or replaced where another file is shipped under the same number.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path

SHIPPED = Path(__file__).resolve().parent
CONFIGURATION = "config.pbtxt"


def seed(shipped: Path, target: Path) -> None:
    """Make ``target/models`` and ``target/backend`` hold what ``shipped`` has in folders of these names."""
    target.mkdir(parents=True, exist_ok=True)
    _replace(shipped / "backend", target / "backend")
    for model in sorted(path.parent for path in (shipped / "models").glob(f"*/{CONFIGURATION}")):
        own = target / "models" / model.name
        if not (own / CONFIGURATION).exists():
            own.mkdir(parents=True, exist_ok=True)
            for version in _versions(model):
                _replace(version, own / version.name)
            _replace(model / "manifest.json", own / "manifest.json")
            _replace(model / CONFIGURATION, own / CONFIGURATION)
            continue
        for version in _versions(model):
            _update(version, own)
        _replace(model / "manifest.json", own / "manifest.json")


def _versions(model: Path) -> list[Path]:
    return [path for path in model.iterdir() if path.name.isdecimal()]


def _update(version: Path, own: Path) -> None:
    """Replace a version that is there with other weights, and what the configuration says of it."""
    _replace(version, own / version.name)
    sha256 = hashlib.sha256((version / "model.onnx").read_bytes()).hexdigest()
    configuration = own / CONFIGURATION
    said = re.compile(rf'(key: "sha256\.{version.name}" value {{ string_value: ")[0-9a-f]+')
    before = configuration.read_text()
    after = said.sub(rf"\g<1>{sha256}", before)
    if after != before:
        temporary = configuration.with_suffix(".tmp")
        temporary.write_text(after)
        temporary.replace(configuration)


def _replace(source: Path, target: Path) -> None:
    """Copy a file, or a folder's files, where they differ; each appears whole or not at all."""
    if source.is_dir():
        target.mkdir(exist_ok=True)
        for path in source.iterdir():
            if path.name != "__pycache__":
                _replace(path, target / path.name)
        return
    if source.exists() and not (target.exists() and target.read_bytes() == source.read_bytes()):
        temporary = target.with_name(f".{target.name}.new")
        shutil.copyfile(source, temporary)
        temporary.replace(target)


if __name__ == "__main__":
    seed(SHIPPED, Path(sys.argv[1]))
