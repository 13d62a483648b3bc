"""How findings become alarms in this installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from passwatch.alarms.incidents import Joining
from passwatch.alarms.lifecycle import Rules
from passwatch.contracts import Stream

Mode = Literal["raise", "log", "off"]
"""What findings of a stream become: alarms, incidents on record, or nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When findings are one incident, the delays of alarms, and what becomes of each stream's findings."""

    joining: Joining = field(default_factory=Joining)
    rules: Rules = field(default_factory=Rules)
    modes: Mapping[Stream, Mode] = field(
        default_factory=lambda: {"realtime": "raise", "dump": "log", "import": "log", "test": "off"}
    )
