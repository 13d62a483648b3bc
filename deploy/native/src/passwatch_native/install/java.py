"""Finding a Java that Kafka runs on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

NEEDED = 17


def major(said: str) -> int:
    """The release that ``java -version`` names: 17 for ``"17.0.15"``, 8 for ``"1.8.0_412"``; 0 if it names none."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else 0


def _candidates() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"]) / "bin/java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/jvm").glob("*/bin/java"))


@cache
def find() -> Path | None:
    """The first Java that is new enough: of JAVA_HOME, of the path, of Debian's folder."""
    for java in _candidates():
        try:
            done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if major(done.stderr + done.stdout) >= NEEDED:
            return java
    return None


def present() -> bool:
    """Whether there is one; asks anew, since one may have been installed a moment ago."""
    find.cache_clear()
    return find() is not None
