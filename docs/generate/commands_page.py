"""docs/commands.md: the targets of the Makefile and the command lines of the packages, from their own help."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache

import typer
from typer.main import get_command

from docs.generate.markdown import code, page, table
from docs.generate.packages import ROOT, Package, packages

_TARGET = re.compile(r"^([a-zA-Z][\w-]*):[^=\n]*?##\s*(.+)$", re.MULTILINE)

MAKE = """\
`make help` prints these. Variables are given on the line: `make send ARGS="--satellites 2 --wait"`."""
CLIS = """\
Each command tells more with `--help`. The services read their [settings](settings.md) from the environment."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a package: how it is called, and what it does."""

    line: str
    purpose: str
    options: frozenset[str]


def make_targets() -> dict[str, str]:
    """The Makefile's public targets and their explanations, in its order."""
    return dict(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


def commands_of(package: Package) -> list[Command]:
    """Every command of a package and of the packages in it."""
    return [command for main in package.mains() for command in _commands(main)]


def _commands(main: str) -> list[Command]:
    """The commands of the Typer applications of one ``__main__`` module."""
    values = vars(importlib.import_module(main)).values()
    apps = [value for value in values if isinstance(value, typer.Typer)]
    within = [group.typer_instance for app in apps for group in app.registered_groups]
    line = f"python -m {main.removesuffix('.__main__')}"
    return [command for app in apps if app not in within for command in _walk(get_command(app), line)]


@cache
def by_part() -> dict[str, list[Command]]:
    """The commands of every package that has some, by the name of its folder."""
    return {p.part: commands_of(p) for p in packages() if p.mains()}


def options(package: str, verb: str) -> frozenset[str]:
    """The options of the command of this package that ends in this verb."""
    lines = (command for commands in by_part().values() for command in commands)
    return next(c.options for c in lines if c.line.split()[2] == package and c.line.split()[-1] == verb)


def render() -> str:
    """The page."""
    rows = [(code(f"make {target}"), purpose) for target, purpose in make_targets().items()]
    parts = ["## make", MAKE, table(("target", "does"), rows), "## Command lines", CLIS]
    for part, commands in by_part().items():
        parts += [f"### {part}", table(("command", "does"), [(code(c.line), c.purpose) for c in commands])]
    return page("Commands", *parts)


def _walk(command: object, line: str) -> list[Command]:
    inner = getattr(command, "commands", None)
    if inner is None:
        purpose = str(getattr(command, "help", "") or "").strip().split("\n\n")[0]
        options = {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
        return [Command(line, purpose, frozenset(options | {"--help"}))]
    return [found for name, child in inner.items() for found in _walk(child, f"{line} {name}")]
