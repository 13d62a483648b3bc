"""Labels: which samples a fault altered, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from batch_simulator.counter_rng import Floats, Integers
from batch_simulator.faults import PHYSICAL_KINDS, UNITS, Fault, Kind
from batch_simulator.sensor_faults import is_active
from batch_simulator.sensors import Sensor

VISIBLE_SIGMA = 3.0
"""A physical fault shows in a channel where it moves the truth by more than this many sigma of the channel's sensor."""


class ChannelEffect(Struct, frozen=True, kw_only=True):
    """Where a fault shows in one channel.

    ``start_ms`` and ``end_ms`` are the first and the last altered sample; ``peak`` is the largest alteration in the
    channel's unit, with its sign, and ``peak_sigma`` its size in sigma of the channel's sensor.
    """

    channel: str
    start_ms: int
    end_ms: int
    peak: float
    peak_sigma: float


class Label(Struct, frozen=True, kw_only=True):
    """One fault as it acted in a span of telemetry.

    ``start_ms`` and ``end_ms`` are the first and the last sample in the fault's time, ``size`` is in ``unit``.
    ``channels`` says where the fault shows: for a fault of a sensor its own channel, for a physical one every channel
    that it moves visibly, which may begin later and last longer than the fault; the strongest first. Dropped records
    show in none. Where only the aftermath of a fault is in the span, ``start_ms`` and ``end_ms`` bound that.
    """

    kind: str
    target: str
    start_ms: int
    end_ms: int
    size: float
    unit: str
    channels: list[ChannelEffect]


def describe(
    fault: Fault,
    timestamps: Integers,
    changes: Mapping[str, Floats],
    sensors: Mapping[str, Sensor],
    units: Mapping[str, str],
) -> Label | None:
    """The label of a fault that changed the channels by ``changes``; None if it does not touch these samples.

    ``changes`` are readings with and without the fault for a sensor's fault, truths for a physical one.
    """
    span = np.flatnonzero(is_active(fault, timestamps))
    effects = []
    for name, change in changes.items():
        if fault.kind in PHYSICAL_KINDS:
            altered = np.flatnonzero(np.abs(change) > VISIBLE_SIGMA * sensors[name].sigma)
        else:
            altered = span
        if altered.size:
            effects.append(_effect(sensors[name], timestamps, change, altered))
    if not span.size and not effects:
        return None
    effects.sort(key=lambda effect: -effect.peak_sigma)
    aftermath = not span.size
    return Label(
        kind=fault.kind.value,
        target=fault.target,
        start_ms=min(e.start_ms for e in effects) if aftermath else int(timestamps[span[0]]),
        end_ms=max(e.end_ms for e in effects) if aftermath else int(timestamps[span[-1]]),
        size=float(span.size) if fault.kind is Kind.DROPPED else fault.size,
        unit=UNITS.get(fault.kind) or units[fault.target],
        channels=effects,
    )


def _effect(sensor: Sensor, timestamps: Integers, change: Floats, altered: Integers) -> ChannelEffect:
    peak = float(change[altered[np.argmax(np.abs(change[altered]))]])
    return ChannelEffect(
        channel=sensor.name,
        start_ms=int(timestamps[altered[0]]),
        end_ms=int(timestamps[altered[-1]]),
        peak=peak,
        peak_sigma=abs(peak) / sensor.sigma,
    )
