"""First-order recursions over whole arrays."""

from __future__ import annotations

import numpy as np

from batch_simulator.chance import Floats

_NEGLIGIBLE = 1e-13


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
