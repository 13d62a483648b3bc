"""Electrical power: solar panels, loads and the battery."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from batch_simulator.counter_rng import Floats
from batch_simulator.orbit import Track
from batch_simulator.spacecraft import Spacecraft

CELLS = 8
CONVERTER = 0.93
"""Efficiency between panels and bus."""
PANEL_NORMALS = np.array(
    [[0.0, 0.0, -1.0], [0.0, -math.sqrt(0.5), -math.sqrt(0.5)], [0.0, math.sqrt(0.5), -math.sqrt(0.5)]]
)
"""Of the zenith deck and the two canted wings, in body axes."""
_ALBEDO = 0.06
_DARK = 1e-7
_KNEE = 1e-6
_VOLTAGE_PER_K = -0.075
_OFF_PEAK = 0.1
_CHARGE_EFFICIENCY = 0.985
_CHARGE_LIMIT_A = 5.0
_FULL = 0.985
_TAPER = 0.05


@dataclass(frozen=True, slots=True)
class Panels:
    """What the panels can give, each [n, 3]."""

    flux: Floats
    """Light on each panel, 1 = full sunlight at right angles."""
    current: Floats
    voltage: Floats

    @property
    def available(self) -> Floats:
        """W on the bus if all of it were taken."""
        return np.asarray((self.current * self.voltage).sum(axis=1) * CONVERTER, dtype=np.float64)

    def drawn(self, used: Floats) -> tuple[Floats, Floats]:
        """Voltage and current of each panel when the part ``used`` (0 to 1) of the available power is taken.

        The regulator moves the panels from their best point toward open circuit.
        """
        voltage = self.voltage * (1.0 + _OFF_PEAK * (1.0 - used[:, None]))
        return voltage, self.current * self.voltage * used[:, None] / voltage


@dataclass(frozen=True, slots=True)
class Battery:
    """The battery on the time grid. The current is positive while charging."""

    soc: Floats
    current: Floats
    voltage: Floats
    used: Floats
    """The part of the available panel power that was taken."""
    heat_w: Floats


def sunlight(track: Track, sun_body: Floats) -> Floats:
    """Light on the panels [n, 3]: direct, and reflected by the Earth's day side."""
    direct = np.clip(sun_body @ PANEL_NORMALS.T, 0.0, None) * track.illumination[:, None]
    day = np.clip(track.subsolar_cosine, 0.0, None) ** 1.5
    return np.asarray(direct + _ALBEDO * day[:, None] * np.array([0.1, 1.0, 1.0]), dtype=np.float64)


def panels(craft: Spacecraft, flux: Floats, temperature_c: Floats, strings: Floats) -> Panels:
    """The panels' best operating point; ``strings`` [n, 3] is the part of each panel's strings that works."""
    light = flux + _DARK
    warm = temperature_c - 25.0
    current = np.array(craft.panel_current) * flux * strings * (1.0 + 0.0006 * warm)
    scale = np.log1p(light / _KNEE) / math.log1p(1.0 / _KNEE)
    return Panels(flux, current, (craft.panel_voltage + _VOLTAGE_PER_K * warm) * scale)


def open_circuit(soc: Floats) -> Floats:
    """Voltage of one cell at rest."""
    return 3.42 + 0.60 * soc + 0.12 * soc**3 - 0.5 * np.exp(-18.0 * soc)


def operate(
    craft: Spacecraft, available: Floats, load: Floats, *, temperature_c: Floats, cells: Floats, step_s: float
) -> Battery:
    """Run the battery through the power balance.

    ``available`` and ``load`` in W, ``cells`` the number of working cells in series, each [n]. The charger holds its
    current limit and tapers it as the battery fills; a surplus is left on the panels.
    """
    ohm = craft.battery_ohm * np.exp(-0.02 * (temperature_c - 20.0))
    net = (available - load).tolist()
    resistance, series = ohm.tolist(), cells.tolist()
    per_step = step_s / 3600.0 / craft.battery_ah
    soc = 0.94
    history, currents = [], []
    exp = math.exp
    for power, r, n in zip(net, resistance, series, strict=True):
        emf = n * (3.42 + 0.60 * soc + 0.12 * soc * soc * soc - 0.5 * exp(-18.0 * soc))
        history.append(soc)
        current = power / (emf + r * power / emf)
        if current > 0.0:
            limit = _CHARGE_LIMIT_A * (_FULL - soc) / _TAPER
            current = min(current, _CHARGE_LIMIT_A, limit if limit > 0.0 else 0.0)
            soc += current * per_step * _CHARGE_EFFICIENCY
        else:
            soc += current * per_step
            soc = max(soc, 0.0)
        currents.append(current)
    charge, flow = np.array(history), np.array(currents)
    voltage = cells * open_circuit(charge) + flow * ohm
    taken = np.clip(load + flow * voltage, 0.0, available)
    used = np.divide(taken, available, out=np.ones_like(taken), where=available > 0.0)
    heat = flow**2 * ohm + np.clip(flow, 0.0, None) * voltage * (1.0 - _CHARGE_EFFICIENCY)
    return Battery(charge, flow, voltage, used, heat)
