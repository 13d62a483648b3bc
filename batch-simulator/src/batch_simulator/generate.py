"""The simulator's heart as one pure function: a span of a satellite's telemetry, with labels of what is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from batch_simulator import flight
from batch_simulator.counter_rng import Floats, Integers
from batch_simulator.faults import PHYSICAL_KINDS, SENSOR_KINDS, Fault, Kind
from batch_simulator.labels import Label, describe
from batch_simulator.sensor_faults import apply_faults, is_active
from batch_simulator.sensors import Sensor, sensor
from passwatch.mission import Mission


class NotSimulatedError(ValueError):
    """The mission has channels that the model does not know; the message names them."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Telemetry of one satellite.

    ``timestamps`` (ms) rise; ``channels`` holds one float64 array of that length per channel of the mission, in its
    order. ``indices`` numbers the records within the span asked for: with dropped records some numbers are absent.
    """

    timestamps: Integers
    channels: dict[str, Floats]
    labels: list[Label] = field(default_factory=list)
    indices: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def sensors_of(mission: Mission, satellite_id: str, seed: int) -> dict[str, Sensor]:
    """The sensors of a satellite by channel, in the mission's order.

    Raises:
        NotSimulatedError: the mission has a channel that the model does not know, or lists none.
    """
    unknown = [c.name for c in mission.channels if c.name not in flight.QUANTITIES]
    if unknown:
        raise NotSimulatedError(f"mission {mission.id}: the simulator does not know its channels {', '.join(unknown)}")
    if not mission.channels:
        raise NotSimulatedError(f"mission {mission.id} lists no channels, so there is nothing to simulate")
    return {c.name: sensor(c, satellite_id, seed) for c in mission.channels}


def generate(
    mission: Mission,
    satellite_id: str,
    start_ms: int,
    records: int,
    cadence_s: float,
    seed: int,
    faults: Sequence[Fault] = (),
) -> Telemetry:
    """A satellite's telemetry: ``records`` records from ``start_ms``, one every ``cadence_s``.

    The state on board depends on the satellite's id, on absolute time and on the faults; ``seed`` chooses the sensors'
    noise. A span cut in two gives the same samples as the whole, if both halves are given the same faults. Different
    satellites (any id) have different orbits and build tolerances.

    Raises:
        NotSimulatedError: the mission has a channel that the model does not know.
    """
    sensors = sensors_of(mission, satellite_id, seed)
    timestamps = start_ms + np.round(np.arange(records) * cadence_s * 1000.0).astype(np.int64)
    physical = tuple(f for f in faults if f.kind in PHYSICAL_KINDS)
    felt = [f for f in physical if flight.felt(f, int(timestamps[0]), int(timestamps[-1]))]
    names = list(sensors)

    truth = _truth(satellite_id, names, timestamps, physical)
    changes: list[dict[str, Floats]] = [{} for _ in faults]
    readings = {}
    for name, own in sensors.items():
        at = _TruthAt(satellite_id, name, physical)
        here = [f for f in faults if f.kind in SENSOR_KINDS and f.target == name]
        readings[name] = apply_faults(own, truth[name], timestamps, here, at)
        for fault in here:
            without = apply_faults(own, truth[name], timestamps, [f for f in here if f is not fault], at)
            changes[faults.index(fault)][name] = readings[name] - without
    for fault in felt:
        without_it = _truth(satellite_id, names, timestamps, tuple(f for f in physical if f is not fault))
        changes[faults.index(fault)] = {name: truth[name] - without_it[name] for name in names}

    units = {c.name: c.unit for c in mission.channels}
    found = [describe(f, timestamps, change, sensors, units) for f, change in zip(faults, changes, strict=True)]
    kept = np.ones(records, dtype=bool)
    for fault in faults:
        if fault.kind is Kind.DROPPED:
            kept &= ~is_active(fault, timestamps)
    return Telemetry(
        timestamps[kept],
        {name: values[kept] for name, values in readings.items()},
        [label for label in found if label is not None],
        np.flatnonzero(kept),
    )


@dataclass(frozen=True, slots=True)
class _TruthAt:
    """The true quantity of one channel at one instant."""

    satellite_id: str
    name: str
    faults: tuple[Fault, ...]

    def __call__(self, time_ms: int) -> float:
        moment = np.array([time_ms], dtype=np.int64)
        return float(_truth(self.satellite_id, [self.name], moment, self.faults)[self.name][0])


def _truth(
    satellite_id: str, names: Sequence[str], timestamps: Integers, faults: tuple[Fault, ...]
) -> dict[str, Floats]:
    """The true quantities at these times, day by day."""
    time_s = timestamps / 1000.0
    values = {name: np.empty(time_s.size) for name in names}
    for number in flight.days_of(float(time_s[0]), float(time_s[-1])):
        inside = slice(*np.searchsorted(time_s, [number * flight.DAY_S, (number + 1) * flight.DAY_S]))
        if inside.start < inside.stop:
            truth = flight.day(satellite_id, number, tuple(f for f in faults if flight.felt_on(f, number)))
            for name in names:
                values[name][inside] = truth.at(name, time_s[inside])
    return values
