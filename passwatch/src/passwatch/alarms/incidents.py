"""Which findings are one incident, and what an incident is as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from passwatch.alarms.findings import Finding, Kind, Severity, rank

MAX_SCORE = 1e6
"""Scores count up to this; beyond it they say no more."""


@dataclass(frozen=True, slots=True)
class Joining:
    """When findings of one satellite are one incident.

    ``gap_ms`` may lie between them in telemetry that was seen. ``unseen_ms`` may lie between a finding that reaches the
    end of what was seen and one that reaches the beginning of what was seen next: a fault that lasts from one pass
    into another.
    """

    gap_ms: int = 30 * 60_000
    unseen_ms: int = 24 * 3_600_000

    @property
    def reach_ms(self) -> int:
        """No two findings farther apart than this belong together."""
        return max(self.gap_ms, self.unseen_ms)

    def together(self, one: Finding, other: Finding) -> bool:
        """Whether the two belong together, whichever is given first."""
        earlier, later = sorted((one, other), key=lambda f: (f.start, f.end))
        apart = later.start - earlier.end
        if apart <= self.gap_ms:
            return True
        return apart <= self.unseen_ms and earlier.at_end and later.at_start


def groups(findings: Iterable[Finding], joining: Joining) -> list[list[Finding]]:
    """The findings of one satellite as incidents, each in the order of its onsets, the earliest incident first.

    The same in whatever order the findings are given.
    """
    made: list[_Group] = []
    for finding in sorted(findings, key=lambda f: (f.start, f.end, f.finding_id)):
        mine = [group for group in made if group.takes(finding, joining)]
        made = [group for group in made if group not in mine]
        made.append(_Group.of([*(f for group in mine for f in group.findings), finding]))
    in_order = [sorted(group.findings, key=lambda f: (f.start, f.end, f.finding_id)) for group in made]
    return sorted(in_order, key=lambda group: group[0].start)


@dataclass(eq=False, slots=True)
class _Group:
    """Findings that belong together, and what decides whether a later one does: no need to ask each of them."""

    findings: list[Finding]
    end: int
    end_seen: int | None
    """Where those end that reach the end of what was seen."""

    @classmethod
    def of(cls, findings: list[Finding]) -> _Group:
        return cls(findings, max(f.end for f in findings), max((f.end for f in findings if f.at_end), default=None))

    def takes(self, later: Finding, joining: Joining) -> bool:
        if later.start - self.end <= joining.gap_ms:
            return True
        return later.at_start and self.end_seen is not None and later.start - self.end_seen <= joining.unseen_ms


@dataclass(frozen=True, slots=True)
class AffectedChannel:
    """A channel of an incident: when it began there (ms), its worst, and its share (0..1) of the evidence."""

    channel: str | None
    subsystem: str | None
    onset: int
    end: int
    severity: Severity
    kind: Kind
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Summary:
    """An incident as a whole; ``channels`` are in the order of what is likely to be the cause, which is the first."""

    onset: int
    end: int
    ongoing: bool
    severity: Severity
    kind: Kind
    score: float
    findings: int
    channels: list[AffectedChannel]

    @property
    def cause(self) -> AffectedChannel:
        """What it most likely began with."""
        return self.channels[0]


def summarise(findings: Sequence[Finding], half_life_ms: int = 30 * 60_000) -> Summary:
    """What findings that are one incident say together.

    The cause is the channel with the greatest product of its share of the evidence, over all subsystems, and a weight
    that halves with every ``half_life_ms`` that it began after the earliest: what began late is an effect, and what
    began early but hardly deviates is chance. A finding's evidence is the logarithm of its score times the root of
    its duration.

    Raises:
        ValueError: there are no findings.
    """
    if not findings:
        raise ValueError("an incident has at least one finding")
    by_channel: dict[tuple[str | None, str | None], list[Finding]] = {}
    for finding in findings:
        by_channel.setdefault((finding.subsystem, finding.channel), []).append(finding)
    onset = min(f.start for f in findings)
    evidence = {key: sum(map(_evidence, found)) for key, found in by_channel.items()}
    total = sum(evidence.values())
    channels = [_channel(found, evidence[key] / total) for key, found in by_channel.items()]

    def likelihood(channel: AffectedChannel) -> float:
        return channel.share * math.exp2((onset - channel.onset) / half_life_ms)

    channels.sort(key=lambda c: (-likelihood(c), c.onset, c.subsystem or "", c.channel or ""))
    worst = max(findings, key=lambda f: (rank(f.severity), f.score))
    return Summary(
        onset=onset,
        end=max(f.end for f in findings),
        ongoing=any(f.ongoing for f in findings),
        severity=worst.severity,
        kind=channels[0].kind,
        score=max(f.score for f in findings),
        findings=len(findings),
        channels=channels,
    )


def _evidence(finding: Finding) -> float:
    minutes = (finding.end - finding.start) / 60_000
    return math.log1p(min(max(finding.score, 0.01), MAX_SCORE)) * math.sqrt(1 + minutes)


def _channel(found: Sequence[Finding], share: float) -> AffectedChannel:
    worst = max(found, key=lambda f: (rank(f.severity), f.score))
    strongest = max(found, key=_evidence)
    return AffectedChannel(
        channel=worst.channel,
        subsystem=worst.subsystem,
        onset=min(f.start for f in found),
        end=max(f.end for f in found),
        severity=worst.severity,
        kind=strongest.kind,
        score=max(f.score for f in found),
        share=share,
    )
