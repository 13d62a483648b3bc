"""Values, times and events in words and units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from detection.calibration import Bounds

_MINUTE, _HOUR, _DAY, _YEAR = 60.0, 3600.0, 86_400.0, 365.25 * 86_400.0
_NAMED = 8
"""Things that a list names one by one."""
_MILLIARD = 1e9


def number(value: float, step: float | None) -> str:
    """A value with the decimals that its step supports; with four significant digits where the step is unknown."""
    if not math.isfinite(value):
        return str(value)
    if step:
        return f"{value:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """A time span as an operator would say it."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.1f} h"
    if seconds < 2 * _YEAR:
        return f"{seconds / _DAY:,.1f} days"
    return f"{seconds / _YEAR:,.1f} years"


def counted(count: int, noun: str) -> str:
    """So many of something: ``1 row``, ``1,200 rows``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence, the first few of them if there are many."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def utc(time_ms: int) -> str:
    """An event time as read in a report."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def rarity(confidence: float) -> str:
    """How rare nominal telemetry of such a confidence is, to two digits: beyond a milliard samples nobody knows."""
    samples = 1.0 / max(1.0 - confidence, 1e-12)
    if samples > _MILLIARD:
        return "less than once in 1,000,000,000 samples"
    digits = max(0, math.floor(math.log10(samples)) - 1)
    return f"once in {round(samples / 10**digits) * 10**digits:,} samples"


def within(bounds: Bounds, step: float | None, unit: str) -> str:
    """Bounds in words."""
    low = None if bounds.low is None else number(bounds.low, step)
    high = None if bounds.high is None else number(bounds.high, step)
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    return f"at most {high}{unit}" if high is not None else f"at least {low}{unit}"
