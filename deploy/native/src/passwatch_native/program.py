"""What the supervisor is told of one process, and how its readiness is found out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a process can do its work now, and in words why (not)."""

    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process."""

    name: str
    command: tuple[str, ...]
    probe: Callable[[], Readiness]
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None
    """Makes what the process needs before it starts: files, a formatted data folder. Safe to run again."""
    after: Callable[[], None] | None = None
    """Completes the set-up once the process is ready. Safe to run again."""
    user: str | None = None
    directory: Path | None = None
    stop_signal: str = "TERM"
    stop_wait_s: int = 20
    ready_within_s: int = 60
