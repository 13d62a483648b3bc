"""A finding: one thing that one source has found on one satellite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Severity = Literal["watch", "warning", "critical"]
"""How bad it is, the least first."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Kind = Literal["stuck", "step", "drift", "spike", "noise", "relation", "limit", "silence", "monitoring"]
"""What went wrong: the form of the deviation, a limit, telemetry that did not come, or a monitor that does not work."""
Source = Literal["verdict", "limits", "silence", "monitoring"]
"""Who found it."""

SPIKE_SAMPLES = 3
"""A deviation that lasts at most so many samples is a spike."""


def rank(severity: Severity) -> int:
    """The severity as a number that rises with it."""
    return SEVERITIES.index(severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: its span in event time (ms, inclusive), and its evidence.

    ``channel`` and ``subsystem`` are None for what is about the whole satellite. ``score`` is how far beyond its bound
    the worst value is (1: on it). ``at_start`` and ``at_end`` say that the span reaches the first or last sample that
    the source has seen: what lies beyond is not known. ``ongoing`` says that it is not over yet, as far as is known.
    """

    finding_id: str
    source: Source
    subsystem: str | None
    channel: str | None
    start: int
    end: int
    severity: Severity
    kind: Kind
    score: float
    at_start: bool = False
    at_end: bool = False
    ongoing: bool = False


def kind_of(detector: str, duration_ms: int, cadence_ms: int) -> Kind:
    """The form of what a member of the detector found, from the member's name and how long it lasted.

    >>> kind_of("flat", 600_000, 30_000), kind_of("transformer_timeseries", 30_000, 30_000)
    ('stuck', 'spike')
    """
    name = detector.removesuffix("_quiet")
    if name == "limits":
        return "limit"
    if name == "flat":
        return "stuck"
    if name.startswith("relation"):
        return "relation"
    if name.startswith(("activity", "deviation")):
        return "noise"
    if name.endswith("_mean") or name.startswith("level"):
        return "drift"
    return "spike" if duration_ms <= SPIKE_SAMPLES * cadence_ms else "step"
