"""A planned fault put into its satellite's telemetry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batch_simulator.faults import Fault
from batch_simulator.faults import Kind as SimulatedKind
from batch_simulator.generate import generate, sensors_of
from batch_simulator.sensors import Sensor
from passwatch.mission import Mission
from training.faults.plan import CADENCE_MS, LEAD, PHYSICAL, TAIL, Effect, PlannedFault

Values = NDArray[np.float64]
LEVELS = 3.0, 6.0
"""Sigmas of deviation that are counted."""
VISIBLE = LEVELS[0]
"""Sigmas from which a physical fault counts as moving a channel."""


@dataclass(frozen=True, slots=True)
class Record:
    """One satellite's record [n] with the fault in it, and the same ``without`` it, by channel."""

    timestamps: NDArray[np.int64]
    channels: dict[str, Values]
    without: dict[str, Values]


def record(mission: Mission, fault: PlannedFault, sigma: Mapping[str, float]) -> Record:
    """The telemetry of the fault's satellite: the same whenever it is asked for."""
    count = LEAD + fault.samples + TAIL
    seed = number(fault.id)
    span = fault.satellite, fault.start_ms, count, CADENCE_MS / 1000, seed
    nominal = generate(mission, *span)
    if fault.kind in PHYSICAL:
        begin = fault.start_ms + LEAD * CADENCE_MS
        end = begin + fault.samples * CADENCE_MS
        faulty = generate(mission, *span, [Fault(SimulatedKind(fault.kind), fault.target, begin, end, fault.size)])
        return Record(nominal.timestamps, faulty.channels, nominal.channels)
    sensor = sensors_of(mission, fault.satellite, seed)[fault.target]
    changed = disturbed(fault, nominal.channels[fault.target], sigma[fault.target], sensor)
    return Record(nominal.timestamps, nominal.channels | {fault.target: changed}, nominal.channels)


def disturbed(fault: PlannedFault, nominal: Values, sigma: float, sensor: Sensor) -> Values:
    """The readings [n] of a channel with the fault: digitised and bounded as its sensor does it."""
    span = slice(LEAD, LEAD + fault.samples)
    values = nominal.copy()
    if fault.kind == "stuck":
        values[span] = nominal[LEAD]
        return values
    if fault.kind == "dropout":
        values[span] = 0.0
        return values
    along = np.arange(1, fault.samples + 1)
    shape = {
        "shift": np.ones(fault.samples),
        "spike": np.ones(fault.samples),
        "drift": along / fault.samples,
        "noise": np.random.default_rng(number(fault.id)).standard_normal(fault.samples),
        "oscillation": np.sin(2 * np.pi * along / fault.period) if fault.period else np.zeros(fault.samples),
    }[fault.kind]
    values[span] = sensor.read(nominal[span] + fault.size * sigma * shape)
    return values


def effects(fault: PlannedFault, found: Record, sigma: Mapping[str, float]) -> list[Effect]:
    """How far each channel is from what would have been measured; the most moved first."""
    moved = []
    for channel, values in found.channels.items():
        off = np.abs(values - found.without[channel]) / sigma[channel]
        if channel == fault.target or off.max() >= VISIBLE:
            at_3, at_6 = (int((off >= level).sum()) for level in LEVELS)
            moved.append(Effect(channel=channel, peak=round(float(off.max()), 2), at_3=at_3, at_6=at_6))
    return sorted(moved, key=lambda effect: -effect.peak)


def number(text: str) -> int:
    """A seed from a fault's id."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")
