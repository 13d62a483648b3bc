"""The secrets of one stack: random, made once, kept in its folder, readable by its owner alone."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Credentials:
    """One secret per engine, and Kafka's cluster id."""

    postgres: str
    rabbitmq: str
    erlang_cookie: str
    redis: str
    supervisor: str
    victoria: str
    triton: str
    cluster_id: str

    @classmethod
    def random(cls) -> Credentials:
        """New secrets, safe in URLs and configuration files."""
        values = {field.name: secrets.token_hex(16) for field in fields(cls)}
        return cls(**values | {"cluster_id": secrets.token_urlsafe(16)[:22].replace("-", "A")})


def load_or_make(path: Path) -> Credentials:
    """The credentials kept in this file; those that it lacks are made, and written."""
    if path.exists():
        kept = json.loads(path.read_text())
        made = Credentials(**asdict(Credentials.random()) | kept)
        if asdict(made) == kept:
            return made
    else:
        made = Credentials.random()
    write_private(path, json.dumps(asdict(made)))
    return made


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, in one step: a reader sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    part.replace(path)
