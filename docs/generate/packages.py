"""Which Python packages the repository has, and which of them are services."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package in the src folder of one part of the repository."""

    name: str
    source: Path

    @property
    def part(self) -> str:
        """The folder of the part that it belongs to, as the reader knows it."""
        return self.source.relative_to(ROOT).parent.parent.as_posix()

    def has(self, module: str) -> bool:
        """Whether the package has this module."""
        return (self.source / f"{module}.py").is_file() or (self.source / module / "__init__.py").is_file()

    def module(self, name: str) -> ModuleType:
        """Import one of its modules."""
        return importlib.import_module(f"{self.name}.{name}")

    def mains(self) -> list[str]:
        """Its ``__main__`` modules, those of packages within it too, by their dotted names."""
        found = sorted(self.source.rglob("__main__.py"))
        return [".".join(path.relative_to(self.source.parent).with_suffix("").parts) for path in found]


def packages() -> list[Package]:
    """All packages of the repository, in the order of their folders."""
    inits = [*ROOT.glob("*/src/*/__init__.py"), *ROOT.glob("deploy/*/src/*/__init__.py")]
    return [Package(init.parent.name, init.parent) for init in sorted(inits)]


def services() -> list[Package]:
    """The packages that run as processes of their own: those with settings."""
    return [p for p in packages() if p.has("settings") and p.has("__main__")]
