"""Which event times are admitted: those that the storage keeps, with room to spare."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """Event times from ``oldest`` to ``newest``, inclusive, in milliseconds."""

    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How far an event time may lie before and after now. VictoriaMetrics drops what lies outside its own, silently."""

    max_age_ms: int
    max_ahead_ms: int

    def at(self, now_ms: int) -> TimeBounds:
        """The bounds at this moment."""
        return TimeBounds(now_ms - self.max_age_ms, now_ms + self.max_ahead_ms)
