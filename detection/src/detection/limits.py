"""Static limits of a channel, evaluated beside the members."""

from __future__ import annotations

import numpy as np

from detection.types import Flags, Floats
from passwatch.mission import Limits


def excess(values: Floats, limits: Limits) -> Floats:
    """How far each value [n] is beyond the violated limit that it exceeds most, in its unit; 0 within all limits."""
    beyond = np.zeros(len(values))
    for bound in (limits.warning_high, limits.critical_high):
        if bound is not None:
            beyond = np.maximum(beyond, values - bound)
    for bound in (limits.warning_low, limits.critical_low):
        if bound is not None:
            beyond = np.maximum(beyond, bound - values)
    return beyond


def critical(values: Floats, limits: Limits) -> Flags:
    """Which values are beyond a critical limit."""
    beyond = np.zeros(len(values), dtype=np.bool_)
    if limits.critical_high is not None:
        beyond |= values > limits.critical_high
    if limits.critical_low is not None:
        beyond |= values < limits.critical_low
    return beyond


def violated(value: float, limits: Limits) -> str | None:
    """The limit that a value is beyond, in words; the critical one if both are."""
    for name in ("critical", "warning"):
        low, high = getattr(limits, f"{name}_low"), getattr(limits, f"{name}_high")
        if high is not None and value > high:
            return f"above its {name} limit {high:g}"
        if low is not None and value < low:
            return f"below its {name} limit {low:g}"
    return None
