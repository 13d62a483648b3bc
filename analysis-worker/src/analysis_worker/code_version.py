"""Which code judged: a digest of the source that can change a judgement, the same however it was installed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import analysis_worker
import detection
import passwatch


@cache
def code_version() -> str:
    """The first 12 hex digits of the SHA-256 of the Python files of worker, detection and shared library."""
    digest = hashlib.sha256()
    for package in (analysis_worker, detection, passwatch):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{package.__name__}/{path.relative_to(root).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
