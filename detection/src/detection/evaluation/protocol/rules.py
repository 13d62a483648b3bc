"""What the choice of the rules was worth, by leaving spacecraft and channel families out of it.

Every candidate is a whole rule: which members vote and how large a quorum it takes, or that any one member is enough.
In each fold the candidate that is best on the channels kept in judges those left out; all folds' counts are pooled.
The difference between the best candidate in sample and that estimate is what choosing by the labels flatters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection import consensus
from detection.evaluation import run
from detection.evaluation.dataset import Recording
from detection.evaluation.metric import Counts, count, interval
from detection.events import spans
from detection.types import Floats

QUORUMS = (4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 14.0)
SINGLES = (2.0, 3.0, 4.0, 5.0, 7.0, 9.0)
"""The smallest vote with which one member alone is enough."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The votes on a recording's test array by member, [m] each, and the flat run's ratio [m]."""

    recording: Recording
    votes: Mapping[str, Floats]
    flat: Floats


def gather(recording: Recording, found: run.Evidence) -> list[Evidence]:
    """The votes on the test array, sample by sample, nan where a sample is missing; none if the channel is not judged
    by votes, since it has settled or there was nothing to fit on.
    """
    judged = found.judged
    if judged.calibration is None or judged.calibration.settled:
        return []
    units = consensus.Blocks(judged.series, run.CADENCE_MS)
    votes = consensus.votes(judged.series, units, judged.forecasts, judged.calibration.spread)
    first = judged.series.first

    def laid(values: Floats) -> Floats:
        whole = np.full(len(recording.test), np.nan)
        whole[found.index[first:]] = values[first:]
        return whole

    return [Evidence(recording, {name: laid(vote) for name, vote in votes.items()}, laid(units.flat(judged.series)))]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole rule: ``members`` vote, and flag where their sum (or, ``alone``, the largest of them) exceeds
    ``threshold``."""

    members: tuple[str, ...]
    threshold: float
    alone: bool = False

    @property
    def name(self) -> str:
        """The rule in words."""
        who = "+".join(self.members)
        return f"any of {who} > {self.threshold:g}" if self.alone else f"sum of {who} > {self.threshold:g}"

    def count(self, evidence: Evidence) -> Counts:
        """How the rule does on one recording."""
        chosen = {member: evidence.votes[member] for member in self.members if member in evidence.votes}
        level = np.zeros(len(evidence.flat))
        if chosen:
            level = np.fmax.reduce(list(chosen.values())) if self.alone else consensus.total(chosen)
        flags = (np.nan_to_num(level) > self.threshold) | (np.nan_to_num(evidence.flat) > 1.0)
        return count(evidence.recording.events or (), spans(flags, 0), len(flags))


@dataclass(frozen=True, slots=True)
class Estimate:
    """Pooled counts of what was judged by rules chosen elsewhere, the interval of their F0.5, and each fold's rule."""

    counts: Counts
    low: float
    high: float
    chosen: Mapping[str, str]


def candidates(members: Sequence[str], forecasters: Sequence[str]) -> list[Candidate]:
    """All rules of the design space: all members, each one left out, forecasters alone, statistics alone."""
    forecast = [name for name in members if name in forecasters]
    plain = [name for name in members if name not in forecasters]
    sets = [tuple(members), tuple(forecast), tuple(plain)]
    sets += [tuple(name for name in members if name != left) for left in members]
    unique = list(dict.fromkeys(chosen for chosen in sets if chosen))
    summed = [Candidate(chosen, quorum) for chosen in unique for quorum in QUORUMS]
    return summed + [Candidate(chosen, vote, alone=True) for chosen in unique for vote in SINGLES]


Table = Mapping[Candidate, Mapping[str, Counts]]
"""Counts by candidate and channel."""


def tabulate(evidence: Sequence[Evidence], rules: Iterable[Candidate], done: Callable[[], None]) -> Table:
    """Every candidate's counts on every channel; ``done`` is called after each candidate."""
    table = {}
    for rule in rules:
        table[rule] = {one.recording.channel: rule.count(one) for one in evidence}
        done()
    return table


def best(table: Table, channels: Sequence[str]) -> Candidate:
    """The candidate with the largest F0.5 over the channels; the first of equals."""
    return max(table, key=lambda rule: pooled(table[rule], channels).f05)


def pooled(counts: Mapping[str, Counts], channels: Iterable[str]) -> Counts:
    """The sum over the channels."""
    return sum((counts[channel] for channel in channels), Counts())


def nested(table: Table, group: Mapping[str, str]) -> Estimate:
    """Choose without each group of channels in turn, and judge it by that choice; ``group`` by channel."""
    judged: dict[str, Counts] = {}
    chosen: dict[str, str] = {}
    for left_out in sorted(set(group.values())):
        rule = best(table, [channel for channel, name in group.items() if name != left_out])
        chosen[left_out] = rule.name
        judged |= {channel: table[rule][channel] for channel, name in group.items() if name == left_out}
    low, high = interval(list(judged.values()))
    return Estimate(pooled(judged, judged), low, high, chosen)


def family(channel: str) -> str:
    """The channel's family: the letters before its number."""
    return channel.split("-", maxsplit=1)[0]
