"""The Compose files as data: variables filled in, services by name, and what each of ours runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BASE = "docker-compose.yml"
GPU = "compose.gpu.yaml"
SERVICE_DOCKERFILE = "deploy/compose/service/Dockerfile"

_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")


def read(name: str) -> dict[str, Any]:
    """A Compose file's content; a variable without a default gets a value that is easily recognised."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(_filled, text))
    return found


def _filled(match: re.Match[str]) -> str:
    if match[0] == "$$":
        return "$"
    return match[2] if match[2] is not None else f"value-of-{match[1].lower()}"


def services(name: str = BASE) -> dict[str, dict[str, Any]]:
    """The services of a Compose file."""
    found: dict[str, dict[str, Any]] = read(name)["services"]
    return found


def is_one_shot(service: dict[str, Any]) -> bool:
    """Whether it ends by itself when it is done."""
    return bool(service["restart"] == "no")


@dataclass(frozen=True)
class Run:
    """A command of one of the project's Python services, as a container runs it."""

    service: str
    part: str
    """The folder whose package it runs."""
    verb: str
    env: dict[str, str]

    @property
    def package(self) -> str:
        """The package of the part."""
        return self.part.replace("-", "_")


def runs() -> list[Run]:
    """What the Compose file runs of the project's Python packages."""
    return [
        Run(
            service=name,
            part=service["build"]["args"]["PART"],
            verb=service.get("command", ["run"])[0],
            env={key: str(value) for key, value in service["environment"].items()},
        )
        for name, service in services().items()
        if service.get("build", {}).get("target") == "service"
    ]
