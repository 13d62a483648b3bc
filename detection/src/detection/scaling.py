"""Level and spread of a channel: the units in which the forecasters see it."""

from __future__ import annotations

import numpy as np

from detection.types import Floats

_HUGE = 1e150
"""Larger values are taken as this, so that their squares are finite."""


def level_and_spread(values: Floats, resolution: float | None = None) -> tuple[float, float]:
    """The median of finite ``values`` [n], and a spread that single outliers do not blow up nor rare pulses hide.

    The spread is at least two digitisation steps; that of a channel that never moved and has no known step is 1.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    finite = np.clip(finite, -_HUGE, _HUGE)
    low, middle, high = np.quantile(finite, (0.005, 0.5, 0.995))
    spread = max((high - low) / 4.0, float(finite.std()), 2.0 * (resolution or 0.0))
    return float(middle), float(spread) if spread > 1e-12 * max(1.0, abs(middle)) else 1.0
