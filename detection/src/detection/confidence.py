"""How sure a score makes one: the part of nominal telemetry that scores less.

A score is a ratio to a threshold; what it means depends on the channel. Its nominal distribution, kept with the
calibration, turns it into a confidence p between 0 and 1: nominal telemetry exceeds a score of confidence p with
frequency 1 − p. Inside what was seen it is the empirical distribution; beyond, the tail falls off exponentially with
the mean excess over the last level that enough samples passed (peaks over threshold with shape 0, Pickands 1975).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from detection.types import Floats

LEVELS = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999)
"""Parts of the nominal telemetry at whose scores the distribution is kept."""
FEWEST_BEYOND = 30
"""A level is kept if at least so many samples are beyond it: they come in clusters, and count for less."""
FOLDS = 5
"""Parts of the nominal telemetry that are compared with the others."""
SHORTEST_TAIL = 0.01
"""The smallest scale of a tail, in scores: what ties and roundings would make zero."""
MOST = 1.0 - 1e-12
"""No finite telemetry makes one surer than this."""


ROUNDING = 1e-5
"""Knots are kept to six digits: what exceeds one by less than this part of it may be equal to it."""


class NominalScores(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The nominal distribution of a channel's score.

    ``knots[i]`` is the score that the part ``LEVELS[i]`` of the nominal samples stays at or below, not falling;
    ``tail`` is the scale, in scores, with which the frequency falls off beyond the last one.
    """

    knots: list[float]
    tail: float


def fit(scores: Sequence[Floats]) -> NominalScores | None:
    """The distribution of nominal scores, from series [n] each, nan where nothing was judged; None without any.

    What is new differs more from what was seen than that does from itself. So each fifth of the telemetry is compared
    with the others, and a level is put where so much of it is exceeded there.
    """
    known = [one[np.isfinite(one)] for one in scores]
    pooled = _pooled(known)
    if pooled is None:
        return None
    folds = [known[i::FOLDS] for i in range(FOLDS)]
    if len(known) < FOLDS:
        cut = [np.array_split(one, FOLDS) for one in known]
        folds = [[parts[i] for parts in cut] for i in range(FOLDS)]
    surprises = []
    for i, held in enumerate(folds):
        others = _pooled([one for j, fold in enumerate(folds) if j != i for one in fold])
        if others is not None:
            surprises += [_surprise(one, others) for one in held]
    seen = _pooled(surprises)
    if seen is None:
        return pooled
    knots = _score(np.array(seen.knots), pooled)
    return NominalScores(
        knots=[float(f"{knot:.6g}") for knot in np.maximum.accumulate(knots)],
        tail=float(f"{pooled.tail * max(seen.tail, 1.0):.6g}"),
    )


def _pooled(parts: Sequence[Floats]) -> NominalScores | None:
    """The empirical distribution of all values together."""
    known = np.concatenate(parts) if parts else np.empty(0)
    if not len(known):
        return None
    levels = [level for level in LEVELS if level == 0.0 or (1.0 - level) * len(known) >= FEWEST_BEYOND]
    knots = np.quantile(known, levels)
    beyond = known[known > knots[-1]] - knots[-1]
    tail = float(beyond.mean()) if len(beyond) else 0.0
    return NominalScores(knots=knots.tolist(), tail=max(tail, SHORTEST_TAIL))


def confidence(scores: Floats, nominal: NominalScores) -> Floats:
    """The confidence of scores [n], each in 0..1 and rising with the score; nan where there is no score."""
    return np.minimum(-np.expm1(-_surprise(scores * (1.0 - ROUNDING), nominal)), MOST)


def once_in(score: float, nominal: NominalScores) -> float:
    """Of how many nominal samples one scores this much or more."""
    return float(1.0 / (1.0 - confidence(np.array([score]), nominal)[0]))


def _surprise(scores: Floats, nominal: NominalScores) -> Floats:
    """Minus the logarithm of the frequency with which nominal telemetry exceeds each score; nan where there is none."""
    knots, surprise = _steps(nominal)
    inside = np.interp(scores, knots, surprise)
    beyond = np.maximum(np.minimum(scores, 1e9) - nominal.knots[-1], 0.0)
    # What exceeds the last knot exceeds all that are equal to it.
    last = -np.log1p(-LEVELS[len(nominal.knots) - 1])
    found = np.where(beyond > 0.0, last + beyond / nominal.tail, inside)
    return np.asarray(np.where(np.isnan(scores), np.nan, found), dtype=np.float64)


def _score(surprises: Floats, nominal: NominalScores) -> Floats:
    """The scores of given surprises [n]."""
    knots, surprise = _steps(nominal)
    last = -np.log1p(-LEVELS[len(nominal.knots) - 1])
    inside = np.interp(surprises, surprise, knots)
    return np.asarray(inside + np.maximum(surprises - last, 0.0) * nominal.tail, dtype=np.float64)


def _steps(nominal: NominalScores) -> tuple[Floats, Floats]:
    """The knots that differ, and their surprises.

    Of equal ones the first counts: a score that many samples share exceeds none of them.
    """
    knots = np.array(nominal.knots)
    first = np.concatenate(([True], knots[1:] > knots[:-1]))
    return knots[first], -np.log1p(-np.array(LEVELS[: len(knots)]))[first]
