"""The wall clock."""

from __future__ import annotations

import time


def wall_clock_ms() -> int:
    """Now, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
