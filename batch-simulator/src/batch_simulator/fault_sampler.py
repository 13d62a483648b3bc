"""A sampler of random faults, reproducible by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from batch_simulator import counter_rng
from batch_simulator.faults import SENSOR_KINDS, TARGETS, Kind
from batch_simulator.sensors import Sensor
from batch_simulator.specs import FaultSpec

_SHOWS_IN: dict[Kind, frozenset[str]] = {
    Kind.CELL_LOSS: frozenset({"battery_voltage", "battery"}),
    Kind.STRING_LOSS: frozenset({"power_generation", "solar_power"}),
    Kind.WHEEL_FRICTION: frozenset({"wheel_1_rpm"}),
    Kind.THERMAL_RUNAWAY: frozenset({"temp_battery", "temperature"}),
    Kind.TRANSMITTER_FADE: frozenset({"rssi"}),
}
_SIZES: dict[Kind, tuple[float, float]] = {
    Kind.CELL_LOSS: (0.3, 1.0),
    Kind.STRING_LOSS: (0.25, 0.75),
    Kind.WHEEL_FRICTION: (80.0, 500.0),
    Kind.THERMAL_RUNAWAY: (6.0, 25.0),
    Kind.TRANSMITTER_FADE: (8.0, 25.0),
}
_SIGMA = (4.0, 20.0)
_LENGTHS: dict[Kind, tuple[float, float]] = {
    Kind.SPIKE: (0.001, 0.003),
    Kind.TRANSMITTER_FADE: (0.25, 0.5),
    Kind.DROPPED: (0.02, 0.3),
}
"""As parts of a batch."""
_USUAL_LENGTH = (0.02, 0.15)
_EARLIEST, _LATEST = 0.1, 0.9


def kinds_of(channels: Sequence[str]) -> list[Kind]:
    """The kinds of fault that would show in a mission of these channels."""
    return [kind for kind in Kind if kind not in _SHOWS_IN or _SHOWS_IN[kind] & set(channels)]


def sample(
    sensors: Mapping[str, Sensor],
    judged: Sequence[str],
    kinds: Sequence[Kind],
    records: int,
    probability_and_key: tuple[float, int],
) -> FaultSpec | None:
    """A fault or none for a batch of ``records`` records, with this probability and by this key.

    Sizes and lengths are log-uniform; a fault of a sensor is in one of the ``judged`` channels that has noise.
    """
    probability, seed = probability_and_key
    generator = np.random.default_rng(seed)
    if generator.random() >= probability:
        return None
    kind = kinds[int(generator.integers(len(kinds)))]
    low, high = _LENGTHS.get(kind, _USUAL_LENGTH)
    count = max(1, round(records * _log_uniform(generator, low, high)))
    last_start = max(int(records * _LATEST) - count, 0)
    first = int(generator.integers(min(int(records * _EARLIEST), last_start), last_start + 1))
    if kind in SENSOR_KINDS:
        targets = [name for name in judged if sensors[name].noise > 0.0]
        size = _log_uniform(generator, *_SIGMA) * (1.0 if kind is Kind.NOISE else float(generator.choice((-1.0, 1.0))))
    else:
        targets = list(TARGETS[kind])
        size = _log_uniform(generator, *_SIZES[kind]) if kind in _SIZES else 0.0
    target = targets[int(generator.integers(len(targets)))]
    return FaultSpec(kind, target, size, kind in SENSOR_KINDS, first, count, None, None)


def batch_key(seed: int, satellite: str, start_ms: int) -> int:
    """The key of the draw for the batch of a satellite that starts then."""
    return counter_rng.key("luck", seed, satellite, start_ms)


def _log_uniform(generator: np.random.Generator, low: float, high: float) -> float:
    return math.exp(generator.uniform(math.log(low), math.log(high)))
