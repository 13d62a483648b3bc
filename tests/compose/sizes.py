"""How much images and containers take."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.installation import Installation, run

MB = 1_000_000
_UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "kB": 1000, "MB": MB, "GB": 1000 * MB}


def above_base(installation: Installation) -> dict[str, int]:
    """Bytes by which each own image is larger than the official image that it is built on, by the image's name."""
    bases = _inspected(_official_references(installation))
    sizes = {}
    for image in installation.images():
        layers = image["RootFS"]["Layers"]
        below = [b for b in bases if layers[: len(b["RootFS"]["Layers"])] == b["RootFS"]["Layers"]]
        assert below, f"{image['RepoTags']}: built on none of the images that the Dockerfiles name"
        base = max(below, key=lambda b: len(b["RootFS"]["Layers"]))
        name = image["RepoTags"][0].partition("/")[2].partition(":")[0]
        sizes[name] = int(image["Size"]) - int(base["Size"])
    return sizes


def _official_references(installation: Installation) -> list[str]:
    """The images that the Dockerfiles build on."""
    names: set[str] = set()
    for path in installation.folder.rglob("Dockerfile"):
        lines = re.findall(r"(?m)^FROM (?:--\S+ )?(\S+)(?: AS (\S+))?", path.read_text(encoding="utf-8"))
        stages = {stage for _, stage in lines}
        names |= {name for name, _ in lines if name not in stages}
    return sorted(names)


def _inspected(references: list[str]) -> list[dict[str, Any]]:
    """The images of these names; one that only the builder has is fetched."""
    found = []
    for reference in references:
        if run(["docker", "image", "inspect", reference], check=False).returncode:
            run(["docker", "pull", "--quiet", reference], timeout_s=600)
        found += json.loads(run(["docker", "image", "inspect", reference]).stdout)
    return found


def memory(installation: Installation) -> dict[str, int]:
    """Bytes of memory that each service's containers use now, caches that can be dropped left out."""
    names = {container.id[:12]: container.service for container in installation.running()}
    lines = run(["docker", "stats", "--no-stream", "--format", "{{.ID}} {{.MemUsage}}", *names]).stdout.splitlines()
    used = dict.fromkeys(names.values(), 0)
    for line in lines:
        identity, amount = line.split()[:2]
        number, unit = re.fullmatch(r"([\d.]+)(\w+)", amount).groups()  # type: ignore[union-attr]
        used[names[identity[:12]]] += round(float(number) * _UNITS[unit])
    return used
