"""Telemetry in, findings out: the memory of what is broken now, channel by channel. Pure: no I/O, no clock."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from limit_monitor.rules import Breach, ChannelRules, Rule
from passwatch import ids
from passwatch.contracts import LimitFinding, LimitSeverity, TelemetryChunk
from passwatch.mission import Mission

Key = tuple[str, str, str]
"""Mission, satellite and stream."""


@dataclass(slots=True)
class _Violation:
    """What is broken now, or will be when it has lasted for the rule's persistence."""

    rule: Rule
    start: int
    end: int
    count: int
    severity: LimitSeverity
    score: float
    value: float
    words: str
    published: bool = False

    def worsen(self, breach: Breach, value: float) -> bool:
        """Take in a further breach; whether it is worse than a reader knows."""
        grew = breach.severity == "critical" != self.severity
        if grew or breach.score > self.score:
            self.score, self.value, self.words = max(self.score, breach.score), value, breach.words
            self.severity = "critical" if breach.severity == "critical" else self.severity
        return grew


@dataclass(slots=True)
class _Channel:
    last: tuple[float, int] | None = None
    violation: _Violation | None = None


class Watch:
    """Checks chunks as they come; samples that are not newer than those before them are passed over.

    Late samples are the verdict's business: it reads all of a batch, in order.
    """

    def __init__(self, missions: Mapping[str, Mission]) -> None:
        self._missions = missions
        self._rules: dict[tuple[str, str], ChannelRules | None] = {}
        self._newest: dict[Key, int] = {}
        self._channels: dict[tuple[Key, str], _Channel] = {}

    def take(self, chunk: TelemetryChunk, broker_time: int) -> list[LimitFinding]:
        """The findings that a chunk leads to: of violations that begin, grow worse, or end.

        A chunk that its contract allows and its mission does not is passed over: victoria-consumer rejects it.
        """
        mission = self._missions.get(chunk.mission)
        if mission is None or not mission.has_satellite(chunk.satellite_id):
            return []
        key = (chunk.mission, chunk.satellite_id, chunk.stream)
        newest = self._newest.get(key, -1)
        first = next((n for n, time in enumerate(chunk.timestamps) if time > newest), len(chunk.timestamps))
        times = chunk.timestamps[first:]
        if not times:
            return []
        self._newest[key] = times[-1]
        found: list[LimitFinding] = []
        for name, values in chunk.channels.items():
            rules = self._rules_of(mission, name)
            if rules is not None and len(values) == len(chunk.timestamps):
                found += self._check(chunk, key, rules, times, values[first:], broker_time)
        return found

    def _rules_of(self, mission: Mission, name: str) -> ChannelRules | None:
        try:
            return self._rules[mission.id, name]
        except KeyError:
            channel = mission.channel(name)
            rules = ChannelRules(channel) if channel is not None else None
            rules = rules if rules is not None and rules.any else None
            if channel is not None:
                self._rules[mission.id, name] = rules
            return rules

    def _check(
        self,
        chunk: TelemetryChunk,
        key: Key,
        rules: ChannelRules,
        times: Sequence[int],
        values: Sequence[float | None],
        broker_time: int,
    ) -> list[LimitFinding]:
        state = self._channels.get((key, rules.name))
        if (state is None or state.violation is None) and rules.plainly_within(values):
            return []
        if state is None:
            state = self._channels[key, rules.name] = _Channel()
        found = []
        for time, value in zip(times, values, strict=True):
            if value is None or math.isnan(value):
                continue
            open_now = state.violation
            breach = rules.breach(
                value, state.last, time, open_rule=open_now.rule if open_now and open_now.published else None
            )
            state.last = (value, time)
            if breach is None:
                state.violation = None
                if open_now is not None and open_now.published:
                    found.append(_finding(chunk, rules, open_now, broker_time, ongoing=False))
                continue
            if open_now is None:
                open_now = state.violation = _Violation(
                    breach.rule, time, time, 0, breach.severity, breach.score, value, breach.words
                )
            worse = open_now.worsen(breach, value)
            open_now.count, open_now.end = open_now.count + 1, time
            begins = not open_now.published and open_now.count >= rules.persistence
            if begins or (worse and open_now.published):
                open_now.published = True
                found.append(_finding(chunk, rules, open_now, broker_time, ongoing=True))
        return found


def _finding(
    chunk: TelemetryChunk, rules: ChannelRules, violation: _Violation, broker_time: int, *, ongoing: bool
) -> LimitFinding:
    scope = (chunk.mission, chunk.satellite_id, chunk.stream)
    return LimitFinding(
        finding_id=ids.limit_finding_id(*scope, rules.name, violation.rule, violation.start),
        mission=chunk.mission,
        satellite_id=chunk.satellite_id,
        stream=chunk.stream,
        channel=rules.name,
        subsystem=rules.subsystem,
        rule=violation.rule,
        severity=violation.severity,
        start=violation.start,
        end=violation.end,
        ongoing=ongoing,
        score=round(min(violation.score, 1e9), 3),
        value=violation.value,
        explanation=violation.words,
        broker_time=broker_time,
    )
