"""How well scores rank anomalous segments above nominal ones, and how well a threshold divides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.types import Flags, Floats


@dataclass(frozen=True, slots=True)
class Ranking:
    """Figures of one group of labelled segments; nan where a class is missing."""

    auc_pr: float
    auc_roc: float
    f1: float
    precision: float
    recall: float


def rank(scores: Floats, anomalous: Flags, threshold: float) -> Ranking:
    """The figures of ``scores`` [n] and their labels [n]; a score above ``threshold`` is called anomalous."""
    called = scores > threshold
    hits = int((called & anomalous).sum())
    positives, calls = int(anomalous.sum()), int(called.sum())
    return Ranking(
        auc_pr=_auc_pr(scores, anomalous),
        auc_roc=_auc_roc(scores, anomalous),
        f1=2 * hits / (positives + calls) if positives + calls else float("nan"),
        precision=hits / calls if calls else float("nan"),
        recall=hits / positives if positives else float("nan"),
    )


def macro(rankings: Sequence[Ranking]) -> Ranking:
    """The mean over groups of each figure, over those that have it."""
    figures = {
        name: _mean([getattr(one, name) for one in rankings])
        for name in ("auc_pr", "auc_roc", "f1", "precision", "recall")
    }
    return Ranking(**figures)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _counts(scores: Floats, anomalous: Flags) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """True and false positives at each distinct score, from the highest down: equal scores are called together."""
    order = np.argsort(-scores, kind="stable")
    ranked, labels = scores[order], anomalous[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    true = np.cumsum(labels)[last]
    return true, last + 1 - true


def _auc_pr(scores: Floats, anomalous: Flags) -> float:
    """Average precision: precision at each threshold, weighted by the recall it adds."""
    if not anomalous.any():
        return float("nan")
    true, false = _counts(scores, anomalous)
    added = np.diff(true, prepend=0) / true[-1]
    return float((added * true / (true + false)).sum())


def _auc_roc(scores: Floats, anomalous: Flags) -> float:
    """The part of pairs of an anomalous and a nominal segment that are ranked rightly; ties count half."""
    if anomalous.all() or not anomalous.any():
        return float("nan")
    true, false = _counts(scores, anomalous)
    heights = np.concatenate(([0], true)) / true[-1]
    widths = np.diff(false, prepend=0) / false[-1]
    return float((widths * (heights[1:] + heights[:-1]) / 2).sum())
