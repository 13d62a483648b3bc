"""What faults of single sensors do to their readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from batch_simulator import counter_rng
from batch_simulator.counter_rng import Floats, Integers
from batch_simulator.faults import Fault, Kind
from batch_simulator.sensors import Sensor

Span = np.ndarray[tuple[int], np.dtype[np.bool_]]


def is_active(fault: Fault, timestamps: Integers) -> Span:
    """Which of these samples lie in the fault's time."""
    return (timestamps >= fault.start_ms) & (timestamps < fault.end_ms)


def apply_faults(
    sensor: Sensor,
    truth: Floats,
    timestamps: Integers,
    faults: Sequence[Fault],
    truth_at: Callable[[int], float],
) -> Floats:
    """The readings of a sensor of this truth under its faults.

    A stuck sensor keeps the reading of the instant at which it stuck, for which ``truth_at`` is asked; every fault's
    shape depends on absolute time alone.
    """
    analogue = truth + sensor.error(timestamps)
    for fault in faults:
        if fault.kind is not Kind.STUCK:
            analogue = analogue + _addition(sensor, timestamps, fault)
    readings = sensor.read(analogue)
    for fault in faults:
        if fault.kind is Kind.STUCK:
            moment = np.array([fault.start_ms], dtype=np.int64)
            readings[is_active(fault, timestamps)] = sensor.read(truth_at(fault.start_ms) + sensor.error(moment))[0]
    return readings


def _addition(sensor: Sensor, timestamps: Integers, fault: Fault) -> Floats:
    span = is_active(fault, timestamps)
    added = np.zeros(timestamps.size)
    if fault.kind is Kind.DRIFT:
        added[span] = fault.size * (timestamps[span] - fault.start_ms) / (fault.end_ms - fault.start_ms)
    elif fault.kind is Kind.NOISE:
        seed = counter_rng.key(sensor.seed, "burst", fault.start_ms)
        added[span] = fault.size * counter_rng.normal(seed, timestamps[span])
    else:
        added[span] = fault.size
    return added
