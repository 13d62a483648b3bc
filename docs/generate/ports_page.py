"""docs/operations/ports.md: who listens where, natively and in Compose."""

from __future__ import annotations

import re

from docs.generate.markdown import code, page, table
from docs.generate.packages import ROOT
from passwatch_native.ports import DEFAULT_BASE, OFFSETS, SPAN

INTRODUCTION = "Everything listens on 127.0.0.1 only."
NATIVE = f"""\
A stack uses the {SPAN} ports from its base, {DEFAULT_BASE} if nothing is said. `PORT_BASE=28080 make demo` starts it
with others; it keeps them from then on. A port that is taken is named, with the process that holds it."""
COMPOSE = "Each published port is a variable, set in `.env` or in the environment of the command."

_SERVICE = re.compile(r"^  ([a-z][a-z-]*):$")
_PORT = re.compile(r"127\.0\.0\.1:\$\{(\w+):-(\d+)\}:\d+")


def compose_ports() -> list[tuple[str, str, str]]:
    """Service, variable and default of each port that docker-compose.yml publishes."""
    found, service = [], ""
    for line in (ROOT / "docker-compose.yml").read_text(encoding="utf-8").splitlines():
        if match := _SERVICE.match(line):
            service = match[1]
        found += [(service, name, default) for name, default in _PORT.findall(line)]
    return found


def render() -> str:
    """The page."""
    native = [(process, f"base + {offset}", str(DEFAULT_BASE + offset)) for process, offset in OFFSETS.items()]
    compose = [(service, code(name), default) for service, name, default in compose_ports()]
    return page(
        "Ports",
        INTRODUCTION,
        "## `make demo`",
        NATIVE,
        table(("process", "port", "by default"), native),
        "## Compose",
        COMPOSE,
        table(("service", "variable", "by default"), compose),
    )
