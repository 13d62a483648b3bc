"""Temperatures: a linear network of heat capacities and conductances, solved exactly between steps."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from batch_simulator import recursion
from batch_simulator.counter_rng import Floats

NODES = ("battery", "obc", "comm", "payload", "external")
_CAPACITY = np.array([4200.0, 1500.0, 1800.0, 2600.0, 2400.0])
"""J/K."""
_SPACE = np.array([0.06, 0.10, 0.16, 0.14, 0.85])
"""Conductance to the effective sink, W/K: radiation, linearised."""
_SINK_C = np.array([-25.0, -25.0, -25.0, -25.0, -58.0])
_LINKS = {
    ("battery", "obc"): 0.35,
    ("battery", "external"): 0.16,
    ("obc", "comm"): 0.30,
    ("obc", "payload"): 0.25,
    ("comm", "external"): 0.22,
    ("payload", "external"): 0.18,
}
"""Conductances between nodes, W/K."""

_PANEL_CAPACITY = 2300.0
_PANEL_LOSS = 1.9
_PANEL_SINK_C = -66.0
_PANEL_ABSORBED_W = 330.0
_PANEL_ELECTRIC_W = 80.0


def _network() -> tuple[Floats, Floats]:
    """Decay rates (1/s) and modes of the network, the modes orthonormal in heat-capacity scaling."""
    loss = np.diag(_SPACE)
    for (a, b), conductance in _LINKS.items():
        i, j = NODES.index(a), NODES.index(b)
        loss[i, i] += conductance
        loss[j, j] += conductance
        loss[i, j] -= conductance
        loss[j, i] -= conductance
    scale = 1.0 / np.sqrt(_CAPACITY)
    rates, modes = np.linalg.eigh(loss * scale[:, None] * scale[None, :])
    return rates, modes


_RATES, _MODES = _network()


def panel_temperatures(flux: Floats, strings: Floats, step_s: float) -> Floats:
    """Temperatures of the three panels, °C [n, 3]; strings that give no power leave their part as heat."""
    heat = _PANEL_ABSORBED_W * flux - _PANEL_ELECTRIC_W * flux * strings
    target = _PANEL_SINK_C + heat / _PANEL_LOSS
    keep = math.exp(-step_s * _PANEL_LOSS / _PANEL_CAPACITY)
    return np.stack(
        [recursion.decay(keep, (1.0 - keep) * target[:, i], recursion.settled(target[:, i], step_s)) for i in range(3)],
        axis=1,
    )


def equipment(heat_w: Mapping[str, Floats], step_s: float) -> dict[str, Floats]:
    """Temperatures of the nodes, °C, from the heat put into each (W)."""
    heat = np.stack([heat_w[node] for node in NODES], axis=1)
    return _respond(heat + _SPACE * _SINK_C, step_s, settled=True)


def response(node: str, heat_w: Floats, step_s: float) -> dict[str, Floats]:
    """What heat at one node adds to the temperatures of all, from none (the network is linear)."""
    heat = np.zeros((heat_w.size, len(NODES)))
    heat[:, NODES.index(node)] = heat_w
    return _respond(heat, step_s, settled=False)


def _respond(heat: Floats, step_s: float, *, settled: bool) -> dict[str, Floats]:
    scale = 1.0 / np.sqrt(_CAPACITY)
    drive = (heat * scale) @ _MODES / _RATES
    amplitudes = np.empty_like(drive)
    for mode, rate in enumerate(_RATES):
        keep = math.exp(-step_s * rate)
        start = recursion.settled(drive[:, mode], step_s) if settled else 0.0
        amplitudes[:, mode] = recursion.decay(keep, (1.0 - keep) * drive[:, mode], start)
    temperatures = (amplitudes @ _MODES.T) * scale
    return {node: temperatures[:, i] for i, node in enumerate(NODES)}
