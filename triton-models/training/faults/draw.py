"""Draws the fault plans, each once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from batch_simulator.faults import TARGETS
from batch_simulator.faults import Kind as SimulatedKind
from passwatch.mission import Mission
from training.faults import reference_residual
from training.faults.inject import effects, record
from training.faults.plan import CADENCE_MS, Kind, Plan, PlannedFault, Split

DRAWN: dict[str, tuple[int, tuple[Split, ...]]] = {
    "plan": (20261121, ("tune", "test")),
    "blind": (20261122, ("blind", "blind")),
}
"""Each plan's seed and parts, by the name of its file."""
SIZES = 1.0, 20.0
"""Sigmas, log-uniform."""
LENGTHS = 1.0, 600.0
"""Samples, log-uniform."""
PERIODS = 4.0, 60.0
"""Samples of an oscillation's period, log-uniform."""
SPIKE_LENGTHS = 1.0, 5.0
PHYSICAL_SIZES: dict[Kind, tuple[float, float]] = {
    "cell_loss": (0.05, 1.0),
    "string_loss": (0.05, 0.75),
    "wheel_friction": (10.0, 500.0),
    "thermal_runaway": (1.0, 25.0),
    "transmitter_fade": (3.0, 25.0),
}
"""In the simulator's units, log-uniform."""
PHYSICAL_LENGTHS = 10.0, 600.0
COUNTS: dict[Kind, int] = {
    "shift": 110,
    "drift": 110,
    "spike": 60,
    "noise": 80,
    "oscillation": 80,
    "stuck": 80,
    "dropout": 20,
    "cell_loss": 12,
    "string_loss": 12,
    "wheel_friction": 12,
    "thermal_runaway": 12,
    "transmitter_fade": 12,
}
"""Faults of each kind in each part."""
FIRST_MS, LAST_MS = 1_767_225_600_000, 1_798_761_600_000
"""2026: records begin at any time of it."""


def draw(mission: Mission, name: str) -> Iterator[PlannedFault | Plan]:
    """Every fault of a plan with its effects as it is drawn, and the whole plan in the end."""
    sigma, deviation = reference_residual.measure(mission)
    seed, splits = DRAWN[name]
    generator = np.random.default_rng(seed)
    faults: list[PlannedFault] = []
    for split in splits:
        place = sum(fault.split == split for fault in faults)
        for kind, count in COUNTS.items():
            for _ in range(count):
                fault = _fault(f"{place:03d}", split, kind, list(sigma), generator)
                fault = replace(fault, effects=effects(fault, record(mission, fault, sigma), sigma))
                faults.append(fault)
                place += 1
                yield fault
    said = reference_residual.DESCRIPTION
    yield Plan(mission=mission.id, seed=seed, reference=said, sigma=sigma, deviation=deviation, faults=faults)


def _fault(name: str, split: Split, kind: Kind, channels: list[str], generator: np.random.Generator) -> PlannedFault:
    start = int(generator.integers(FIRST_MS // CADENCE_MS, LAST_MS // CADENCE_MS)) * CADENCE_MS
    period = 0.0
    if kind in PHYSICAL_SIZES:
        targets = list(TARGETS[SimulatedKind(kind)])
        size = _log_uniform(generator, PHYSICAL_SIZES[kind])
        length = _log_uniform(generator, PHYSICAL_LENGTHS)
    else:
        targets = channels
        size = _log_uniform(generator, SIZES) * float(generator.choice((-1.0, 1.0)))
        length = _log_uniform(generator, SPIKE_LENGTHS if kind == "spike" else LENGTHS)
        period = _log_uniform(generator, PERIODS)
    return PlannedFault(
        id=name,
        split=split,
        kind=kind,
        target=targets[int(generator.integers(len(targets)))],
        start_ms=start,
        samples=max(1, round(length)),
        size=0.0 if kind in {"stuck", "dropout"} else round(abs(size) if kind == "noise" else size, 4),
        period=round(period, 2) if kind == "oscillation" else 0.0,
    )


def _log_uniform(generator: np.random.Generator, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return math.exp(generator.uniform(math.log(low), math.log(high)))
