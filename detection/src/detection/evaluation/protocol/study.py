"""The protocol over a folder's recordings: all rules in sample, and what is chosen apart from what it judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from detection import consensus
from detection.evaluation.metric import Counts, interval
from detection.evaluation.protocol import rules
from detection.evaluation.protocol.rules import Candidate, Evidence, Table
from detection.types import Forecaster

Study = dict[str, Any]
"""As it is written: figures of the shipped rule, of the best one in sample, and of each way of leaving out
(``nested``), with the ``gap`` of F0.5 between the two; of the rules without each member; and by spacecraft."""


def menu(gathered: Sequence[Evidence], forecasters: Sequence[Forecaster]) -> tuple[Candidate, list[Candidate]]:
    """The shipped rule, and all candidates: of the members that spoke on any of the recordings."""
    members = list(dict.fromkeys(member for evidence in gathered for member in evidence.votes))
    forecasts = [*(forecaster.model for forecaster in forecasters), "autoregression"]
    return Candidate(tuple(members), consensus.QUORUM), rules.candidates(members, forecasts)


def study(gathered: Sequence[Evidence], forecasters: Sequence[Forecaster], done: Callable[[int], None]) -> Study | None:
    """What choosing a rule on these recordings is worth apart from them; ``done`` is told how many rules there are,
    after each of them.

    None where there is nothing to tell: no labelled event, or no two recordings to choose on and to judge.
    """
    if len(gathered) < 2 or not any(evidence.recording.events for evidence in gathered):  # noqa: PLR2004
        return None
    shipped, candidates = menu(gathered, forecasters)
    table = rules.tabulate(gathered, candidates, lambda: done(len(candidates)))
    recordings = [evidence.recording for evidence in gathered]
    channels = [recording.channel for recording in recordings]
    winner = rules.best(table, channels)
    groups = {
        "spacecraft left out": {recording.channel: recording.spacecraft for recording in recordings},
        "family left out": {channel: rules.family(channel) for channel in channels},
        "channel left out": {channel: channel for channel in channels},
    }
    estimates = {}
    for name, group in groups.items():
        if len(set(group.values())) > 1:
            estimate = rules.nested(table, group)
            estimates[name] = _figures(estimate.counts, (estimate.low, estimate.high)) | {"chosen": estimate.chosen}
    best = rules.pooled(table[winner], channels)
    return {
        "channels": len(channels),
        "rules": len(candidates),
        "shipped": {"rule": shipped.name, **_pooled(table, shipped)},
        "best in sample": {"rule": winner.name, **_pooled(table, winner)},
        "nested": estimates,
        "gap": {name: round(best.f05 - estimate["f05"], 4) for name, estimate in estimates.items()},
        "ablation": {f"without {left}": _pooled(table, _without(table, shipped, left)) for left in shipped.members},
        "by spacecraft": {
            craft: _figures(
                rules.pooled(table[shipped], [r.channel for r in recordings if r.spacecraft == craft]), None
            )
            for craft in sorted({recording.spacecraft for recording in recordings})
        },
    }


def _without(table: Table, shipped: Candidate, left: str) -> Candidate:
    """The rule without one member, at the quorum that suits it best: fewer votes need a smaller one."""
    members = tuple(member for member in shipped.members if member != left)
    rest = {rule: counts for rule, counts in table.items() if rule.members == members and not rule.alone}
    return rules.best(rest, list(table[shipped]))


def _pooled(table: Table, rule: Candidate) -> dict[str, Any]:
    counts = table[rule]
    return _figures(rules.pooled(counts, counts), interval(list(counts.values())))


def _figures(counts: Counts, bounds: tuple[float, float] | None) -> dict[str, Any]:
    figures = {
        "f05": round(counts.f05, 4),
        "recall": round(counts.recall, 4),
        "precision": round(counts.precision, 4),
        "true_negative_rate": round(counts.true_negative_rate, 4),
    }
    return figures | ({} if bounds is None else {"interval": [float(np.round(bound, 4)) for bound in bounds]})
