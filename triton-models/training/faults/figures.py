"""Figures of judged faults: recall by stratum, delay, nuisance, and what each member contributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from training.faults.judging import FaultOutcome, NominalOutcome

LASTING = 10
"""Samples for which a fault must deviate to be counted in a stratum."""
DRAWS = 2000
_SEED = 5


class Recall(Struct, frozen=True, kw_only=True):
    """Faults found of those in a stratum; ``low`` and ``high`` bound 95 % by drawing faults with replacement.

    ``delay`` is the median over those found, in samples.
    """

    stratum: str
    faults: int
    found: int
    recall: float | None
    low: float | None
    high: float | None
    delay: float | None


class Ablation(Struct, frozen=True, kw_only=True):
    """Recall and nuisance events per 10 satellite-days without a member, and of it alone."""

    member: str
    without_6: float | None
    without_3: float | None
    alone_6: float | None
    alone_3: float | None
    nuisance_without: float
    nuisance_alone: float


class Figures(Struct, frozen=True, kw_only=True):
    """Everything that is printed."""

    split: str
    calibration: str
    models: dict[str, str]
    faults: int
    strata: list[Recall]
    kinds: list[Recall]
    satellite_days: float
    nuisance_events: int
    nuisance_per_10_days: float
    nuisance_by_channel: dict[str, int]
    ablation: list[Ablation]
    missed: list[str]


STRATA: dict[str, Callable[[FaultOutcome], bool]] = {
    "at least 6 sigma for 10 samples": lambda fault: fault.at_6 >= LASTING,
    "at least 3 sigma for 10 samples": lambda fault: fault.at_3 >= LASTING,
}


def figures(
    split: str,
    calibration: str,
    models: dict[str, str],
    faults: Sequence[FaultOutcome],
    nominal: Sequence[NominalOutcome],
) -> Figures:
    """Sum up what was judged."""
    members = frozenset().union(*(fault.delays for fault in faults), *(one.alone for one in nominal))
    six, three = STRATA.values()
    days = sum(one.days for one in nominal)
    events = sum(one.events for one in nominal)
    by_channel: dict[str, int] = {}
    for one in nominal:
        for channel, count in one.by_channel.items():
            by_channel[channel] = by_channel.get(channel, 0) + count
    large = [fault for fault in faults if six(fault)]
    return Figures(
        split=split,
        calibration=calibration,
        models=models,
        faults=len(faults),
        strata=[_recall(name, [f for f in faults if belongs(f)], members) for name, belongs in STRATA.items()],
        kinds=[
            _recall(kind, [fault for fault in large if fault.kind == kind], members)
            for kind in dict.fromkeys(fault.kind for fault in large)
        ],
        satellite_days=days,
        nuisance_events=events,
        nuisance_per_10_days=_per_10(events, days),
        nuisance_by_channel=by_channel,
        ablation=[
            Ablation(
                member=member,
                without_6=_share(large, members - {member}),
                without_3=_share([f for f in faults if three(f)], members - {member}),
                alone_6=_share(large, frozenset({member})),
                alone_3=_share([f for f in faults if three(f)], frozenset({member})),
                nuisance_without=_per_10(sum(one.without.get(member, one.events) for one in nominal), days),
                nuisance_alone=_per_10(sum(one.alone.get(member, 0) for one in nominal), days),
            )
            for member in sorted(members)
        ],
        missed=[f"{f.id} {f.kind} {f.channel}" for f in large if f.delay(members) is None],
    )


def _recall(stratum: str, faults: Sequence[FaultOutcome], members: frozenset[str]) -> Recall:
    delays = [fault.delay(members) for fault in faults]
    found = np.array([delay is not None for delay in delays], dtype=np.float64)
    if not len(found):
        return Recall(stratum=stratum, faults=0, found=0, recall=None, low=None, high=None, delay=None)
    generator = np.random.default_rng(_SEED)
    drawn = found[generator.integers(0, len(found), (DRAWS, len(found)))].mean(1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    known = [delay for delay in delays if delay is not None]
    return Recall(
        stratum=stratum,
        faults=len(faults),
        found=int(found.sum()),
        recall=float(found.mean()),
        low=float(low),
        high=float(high),
        delay=float(np.median(known)) if known else None,
    )


def _share(faults: Sequence[FaultOutcome], members: frozenset[str]) -> float | None:
    return float(np.mean([fault.delay(members) is not None for fault in faults])) if faults else None


def _per_10(events: int, days: float) -> float:
    return 10.0 * events / days if days else 0.0
