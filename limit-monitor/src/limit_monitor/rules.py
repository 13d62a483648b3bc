"""The rules of one channel, and what a value breaks. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from passwatch.contracts import LimitSeverity
from passwatch.mission import Channel, Limits

Rule = Literal["value", "rate", "state", "transition"]


@dataclass(frozen=True, slots=True)
class Breach:
    """A value that breaks a rule: how badly (1: on the bound), and what to say of it."""

    rule: Rule
    severity: LimitSeverity
    score: float
    words: str


class ChannelRules:
    """What the mission says about a channel's values. Values that are missing (None, NaN) break nothing."""

    def __init__(self, channel: Channel) -> None:
        self.name, self.subsystem = channel.name, channel.subsystem
        self._unit = f" {channel.unit}" if channel.unit else ""
        monitor = channel.monitor
        self.persistence = monitor.persistence
        """Consecutive samples that must break a rule."""
        self._limits, self._deadband = channel.limits, monitor.deadband
        self._max_rate = monitor.max_rate
        self._states = frozenset(monitor.states) if monitor.states is not None else None
        self._transitions = frozenset(monitor.transitions) if monitor.transitions is not None else None
        bounds = channel.limits
        lows = [b for b in (bounds.warning_low, bounds.critical_low) if b is not None]
        highs = [b for b in (bounds.warning_high, bounds.critical_high) if b is not None]
        self._low, self._high = max(lows, default=-math.inf), min(highs, default=math.inf)
        self._by_value = self._max_rate is None and self._states is None and self._transitions is None

    @property
    def any(self) -> bool:
        """Whether there is anything to check."""
        return not self._by_value or self._low > -math.inf or self._high < math.inf

    def plainly_within(self, values: Sequence[float | None]) -> bool:
        """Whether no value breaks anything, where that can be said without a look at each; False: look."""
        if not self._by_value:
            return False
        if len(values) == 1:
            return values[0] is None or self._low <= values[0] <= self._high
        given = [v for v in values if v is not None]
        return not given or (self._low <= min(given) and max(given) <= self._high)

    def breach(
        self, value: float, before: tuple[float, int] | None, time: int, *, open_rule: Rule | None = None
    ) -> Breach | None:
        """What a value at ``time`` (ms) breaks; the worst if it breaks several rules.

        ``before`` is the value before it with its time. While a violation of a value's limits is open
        (``open_rule``), the limits are tighter by the deadband.
        """
        found = [
            self._value(value, self._deadband if open_rule == "value" else 0.0),
            self._rate(value, before, time),
            self._state(value, before),
        ]
        broken = [b for b in found if b is not None]
        return max(broken, key=lambda b: (b.severity == "critical", b.score), default=None)

    def _value(self, value: float, deadband: float) -> Breach | None:
        for severity in ("critical", "warning"):
            low, high = _bounds(self._limits, severity)
            if high is not None and value > high - deadband:
                return self._beyond(severity, value, high, "above")
            if low is not None and value < low + deadband:
                return self._beyond(severity, value, low, "below")
        return None

    def _beyond(self, severity: LimitSeverity, value: float, bound: float, side: str) -> Breach:
        low, high = self._limits.warning_low, self._limits.warning_high
        span = high - low if low is not None and high is not None and high > low else abs(bound) or 1.0
        words = f"{self.name} {value:g}{self._unit}, {side} its {severity} limit {bound:g}{self._unit}"
        return Breach("value", severity, 1 + abs(value - bound) / span, words)

    def _rate(self, value: float, before: tuple[float, int] | None, time: int) -> Breach | None:
        if self._max_rate is None or before is None or time <= before[1]:
            return None
        rate = abs(value - before[0]) / ((time - before[1]) / 1000)
        if rate <= self._max_rate:
            return None
        words = f"{self.name} changed by {rate:g}{self._unit} per second, at most {self._max_rate:g} are allowed"
        return Breach("rate", "warning", rate / self._max_rate, words)

    def _state(self, value: float, before: tuple[float, int] | None) -> Breach | None:
        if self._states is not None and value not in self._states:
            known = ", ".join(f"{s:g}" for s in sorted(self._states))
            return Breach("state", "critical", 1.0, f"{self.name} is {value:g}, which is none of its states {known}")
        if self._transitions is None or before is None or before[0] == value:
            return None
        if (before[0], value) in self._transitions:
            return None
        return Breach("transition", "warning", 1.0, f"{self.name} went from {before[0]:g} to {value:g}, not allowed")


def _bounds(limits: Limits, severity: LimitSeverity) -> tuple[float | None, float | None]:
    if severity == "critical":
        return limits.critical_low, limits.critical_high
    return limits.warning_low, limits.warning_high
