"""First-order recursions over whole arrays."""

from __future__ import annotations

import numpy as np

from batch_simulator.counter_rng import Floats

_NEGLIGIBLE = 1e-13
_ORBIT_S = 5580.0


def settled(drive: Floats, step_s: float) -> float:
    """The mean of the first orbit's drive: where to start what has long been driven like that."""
    return float(drive[: round(_ORBIT_S / step_s)].mean())


def decay(factor: float, drive: Floats, start: float) -> Floats:
    """``y[0] = start`` and ``y[n] = factor * y[n - 1] + drive[n]``, by doubling instead of a loop.

    ``factor`` lies in [0, 1).
    """
    y = drive.astype(np.float64, copy=True)
    y[0] = start
    reach = 1
    while reach < y.size and factor > _NEGLIGIBLE:
        y[reach:] = y[reach:] + factor * y[:-reach]
        factor *= factor
        reach *= 2
    return y
