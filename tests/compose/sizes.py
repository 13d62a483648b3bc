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
    sizes = {}
    for name, reference in _bases(installation).items():
        image, base = _image(f"passwatch/{name}:{installation.settings['IMAGE_TAG']}"), _image(reference)
        below = base["RootFS"]["Layers"]
        assert image["RootFS"]["Layers"][: len(below)] == below, f"{name} is not built on {reference}"
        sizes[name] = int(image["Size"]) - int(base["Size"])
    return sizes


def _bases(installation: Installation) -> dict[str, str]:
    """The official image that the last stage of each own image comes from, by the own image's name."""
    described = installation.call("--profile", "*", "config", "--format", "json").stdout
    found = {}
    for service in json.loads(described)["services"].values():
        if build := service.get("build"):
            text = (installation.folder / build["dockerfile"]).read_text(encoding="utf-8")
            lines = re.findall(r"(?m)^FROM (\S+)(?: AS (\S+))?", text)
            stages = {stage: source for source, stage in lines}
            source = stages[build["target"]] if "target" in build else lines[-1][0]
            while source in stages:
                source = stages[source]
            found[service["image"].partition("/")[2].partition(":")[0]] = source
    return found


def _image(reference: str) -> dict[str, Any]:
    """An image; one that only the builder has had is fetched."""
    if run(["docker", "image", "inspect", reference], check=False).returncode:
        run(["docker", "pull", "--quiet", reference], timeout_s=600)
    found: list[dict[str, Any]] = json.loads(run(["docker", "image", "inspect", reference]).stdout)
    return found[0]


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
