"""What a test run measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Figures:
    """Measured values: plain JSON, grouped by subject."""

    values: dict[str, Any] = field(default_factory=dict)

    def note(self, subject: str, **values: object) -> None:
        """Keep these values under a subject, beside those that it has."""
        self.values.setdefault(subject, {}).update(values)

    def lines(self) -> Iterator[str]:
        """One line per value."""
        return _lines("", self.values)


def _lines(prefix: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lines(f"{prefix} {name}".strip(), inner)
    else:
        yield f"{prefix}: {value}"
