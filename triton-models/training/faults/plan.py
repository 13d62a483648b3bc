"""The fault plan: which faults, on which satellites, when, how large. Committed before anything was tuned on it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

CADENCE_MS = 30_000
LEAD = 700
"""Records of each satellite before its fault: the detector's history, and a stretch that is judged."""
TAIL = 40
"""Records after it."""

Split = Literal["tune", "test", "blind"]
Kind = Literal[
    "shift",
    "drift",
    "spike",
    "noise",
    "oscillation",
    "stuck",
    "dropout",
    "cell_loss",
    "string_loss",
    "wheel_friction",
    "thermal_runaway",
    "transmitter_fade",
]
PHYSICAL = frozenset({"cell_loss", "string_loss", "wheel_friction", "thermal_runaway", "transmitter_fade"})
"""Kinds that act on the satellite's model; the others act on one channel's readings."""


class Effect(Struct, frozen=True, kw_only=True):
    """How far the fault moves a channel from what would have been measured.

    ``peak`` is the largest deviation in sigmas, ``at_3`` and ``at_6`` count the samples that deviate by at least 3 and
    6 sigmas.
    """

    channel: str
    peak: float
    at_3: int
    at_6: int


class PlannedFault(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault on a satellite of its own.

    The satellite's record begins at ``start_ms``; the fault acts on ``samples`` records from number ``LEAD`` on.
    ``size`` is in sigmas of the channel's reference residual for faults of one channel (its sign is the direction),
    and in the simulator's unit for physical ones; 0 for ``stuck`` and ``dropout``. ``period`` is an oscillation's, in
    samples. ``effects`` lists the channels that it moves by at least 3 sigmas, the most moved first, and for a fault of
    one channel always that one.
    """

    id: str
    split: Split
    kind: Kind
    target: str
    start_ms: int
    samples: int
    size: float
    period: float = 0.0
    effects: list[Effect] = []

    @property
    def satellite(self) -> str:
        """The satellite's id, which no other fault and no calibration shares."""
        return f"{self.split.upper()}-{self.id}"


class Plan(Struct, frozen=True, kw_only=True):
    """All faults, and the reference residual that sizes them: each channel's ``sigma`` under a fixed autoregression."""

    mission: str
    seed: int
    reference: str
    sigma: dict[str, float]
    deviation: dict[str, float]
    faults: list[PlannedFault]


def load_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        msgspec.ValidationError: it is not one.
    """
    return msgspec.json.decode(path.read_bytes(), type=Plan)


def save_plan(plan: Plan, path: Path) -> None:
    """Write a plan, one fault a line."""
    head = msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(plan, faults=[])), indent=1).decode()
    lines = ",\n".join("  " + msgspec.json.encode(fault).decode() for fault in plan.faults)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head.replace('"faults": []', f'"faults": [\n{lines}\n ]') + "\n", encoding="utf-8")
