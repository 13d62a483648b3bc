"""Event times of tests: near enough for the platform to take them, and each with the same telemetry in every run.

What a simulated satellite measures, how the models' windows lie and where blocks of samples begin all depend on
absolute time. So tests fly their satellites at fixed times, and what was measured is moved to the present by a
constant of the process that is a multiple of all the grids that there are.
"""

from __future__ import annotations

import time

CADENCE_MS = 30_000
GRID_MS = 500 * CADENCE_MS
"""The models' windows lie on a grid of 10 samples, the consensus' blocks on one of 50."""
DAY_MS = 86_400_000
FLOWN_MS = 118_000 * GRID_MS
"""When the telemetry that tests send was flown: 2026-02-02T02:40Z stands for the present."""
_PRESENT_MS = time.time_ns() // 1_000_000 // GRID_MS * GRID_MS
MOVED_MS = _PRESENT_MS - FLOWN_MS
"""From when telemetry was flown to when it is said to have been measured."""


def days_ago(days: int) -> int:
    """An event time about so many days back, on all grids."""
    return (_PRESENT_MS - days * DAY_MS) // GRID_MS * GRID_MS
