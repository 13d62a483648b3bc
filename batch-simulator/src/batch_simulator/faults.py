"""Faults: what can go wrong, when, where and how much."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from batch_simulator.thermal import NODES


class Kind(StrEnum):
    """The kinds of fault. The first five act on one sensor, the next five on the satellite, the last on the record."""

    STUCK = "stuck"
    SPIKE = "spike"
    DRIFT = "drift"
    SHIFT = "shift"
    NOISE = "noise"
    CELL_LOSS = "cell_loss"
    STRING_LOSS = "string_loss"
    WHEEL_FRICTION = "wheel_friction"
    THERMAL_RUNAWAY = "thermal_runaway"
    TRANSMITTER_FADE = "transmitter_fade"
    DROPPED = "dropped"


SENSOR_KINDS = frozenset({Kind.STUCK, Kind.SPIKE, Kind.DRIFT, Kind.SHIFT, Kind.NOISE})
PHYSICAL_KINDS = frozenset(
    {Kind.CELL_LOSS, Kind.STRING_LOSS, Kind.WHEEL_FRICTION, Kind.THERMAL_RUNAWAY, Kind.TRANSMITTER_FADE}
)

TARGETS: dict[Kind, tuple[str, ...]] = {
    Kind.CELL_LOSS: ("battery",),
    Kind.STRING_LOSS: ("solar_panel_1", "solar_panel_2", "solar_panel_3"),
    Kind.WHEEL_FRICTION: ("wheel_1", "wheel_2", "wheel_3"),
    Kind.THERMAL_RUNAWAY: tuple(node for node in NODES if node != "external"),
    Kind.TRANSMITTER_FADE: ("transmitter",),
    Kind.DROPPED: ("records",),
}
"""What each kind can affect; a sensor fault affects a channel of the mission."""

UNITS: dict[Kind, str] = {
    Kind.CELL_LOSS: "cells",
    Kind.STRING_LOSS: "fraction of the panel's strings",
    Kind.WHEEL_FRICTION: "rpm",
    Kind.THERMAL_RUNAWAY: "°C",
    Kind.TRANSMITTER_FADE: "dB",
    Kind.DROPPED: "records",
}
"""The unit of a fault's size; a sensor fault's size is in its channel's unit."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in absolute time: it acts on samples with ``start_ms <= t < end_ms``.

    ``size`` is in the channel's unit for sensor faults (0 for ``stuck``), else in the unit of :data:`UNITS`.
    """

    kind: Kind
    target: str
    start_ms: int
    end_ms: int
    size: float
