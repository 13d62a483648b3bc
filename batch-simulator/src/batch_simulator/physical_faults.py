"""What physical faults do to the satellite's model, as profiles on the simulation's time grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from batch_simulator import counter_rng, thermal
from batch_simulator.counter_rng import Floats
from batch_simulator.faults import TARGETS, Fault, Kind
from batch_simulator.power import CELLS

_FRICTION_ONSET_S = 120.0
_FRICTION_W_PER_RPM = 0.006
_RUNAWAY_FOLDS = 3.0
"""How many e-foldings the heat of a runaway grows through."""


@dataclass(frozen=True, slots=True)
class FaultProfiles:
    """The profiles: working cells and strings, wheel slip, lost signal, extra load and heat."""

    cells: Floats
    strings: Floats
    slip_rpm: Floats
    fade_db: Floats
    load_w: Floats
    heat_w: dict[str, Floats]


def profiles(faults: Sequence[Fault], time_s: Floats) -> FaultProfiles:
    """The profiles of these faults; sensor faults and dropped records leave none."""
    n = time_s.size
    result = FaultProfiles(
        cells=np.full(n, float(CELLS)),
        strings=np.ones((n, 3)),
        slip_rpm=np.zeros((n, 3)),
        fade_db=np.zeros(n),
        load_w=np.zeros(n),
        heat_w={node: np.zeros(n) for node in thermal.NODES},
    )
    for fault in faults:
        active = (time_s >= fault.start_ms / 1000.0) & (time_s < fault.end_ms / 1000.0)
        if fault.kind is Kind.CELL_LOSS:
            result.cells[active] -= fault.size
        elif fault.kind is Kind.STRING_LOSS:
            result.strings[active, TARGETS[fault.kind].index(fault.target)] *= 1.0 - fault.size
        elif fault.kind is Kind.TRANSMITTER_FADE:
            result.fade_db[active] += fault.size
        elif fault.kind is Kind.WHEEL_FRICTION:
            slip = _slip(fault, time_s)
            result.slip_rpm[:, TARGETS[fault.kind].index(fault.target)] += slip
            result.load_w[:] += _FRICTION_W_PER_RPM * np.abs(slip)
        elif fault.kind is Kind.THERMAL_RUNAWAY:
            result.heat_w[fault.target] += _runaway(fault, time_s)
    return result


def _slip(fault: Fault, time_s: Floats) -> Floats:
    """Speed lost to friction: it sets in and goes within minutes, and sticks and slips while it lasts."""
    since_start = np.clip(time_s - fault.start_ms / 1000.0, 0.0, None)
    since_end = np.clip(time_s - fault.end_ms / 1000.0, 0.0, None)
    envelope = np.exp(-since_end / _FRICTION_ONSET_S) - np.exp(-since_start / _FRICTION_ONSET_S)
    jerks = counter_rng.smooth_noise(counter_rng.key("slip", fault.target, fault.start_ms), time_s, 45.0)
    return np.asarray(fault.size * envelope * (1.0 + 0.08 * jerks), dtype=np.float64)


def _runaway(fault: Fault, time_s: Floats) -> Floats:
    """Heat that feeds on itself, such that its own node ends ``size`` degrees warmer."""
    duration = (fault.end_ms - fault.start_ms) / 1000.0
    fold = duration / _RUNAWAY_FOLDS
    step = float(time_s[1] - time_s[0])
    alone = thermal.response(fault.target, np.expm1(np.arange(0.0, duration + step, step) / fold), step)[fault.target]
    since = time_s - fault.start_ms / 1000.0
    active = (since >= 0.0) & (since < duration)
    return np.where(active, np.expm1(np.clip(since, 0.0, duration) / fold), 0.0) * (fault.size / float(alone[-1]))
