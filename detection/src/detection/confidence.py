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
SHORTEST_TAIL = 0.01
"""The smallest scale of a tail, in scores: what ties and roundings would make zero."""
MOST = 1.0 - 1e-12
"""No finite telemetry makes one surer than this."""


class NominalScores(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The nominal distribution of a channel's score.

    ``knots[i]`` is the score that the part ``LEVELS[i]`` of the nominal samples stays at or below, rising; ``tail`` is
    the scale, in scores, with which the frequency falls off beyond the last one.
    """

    knots: list[float]
    tail: float


def fit(scores: Sequence[Floats]) -> NominalScores | None:
    """The distribution of nominal scores, from series [n] each, nan where nothing was judged; None without any."""
    known = np.concatenate([one[np.isfinite(one)] for one in scores]) if scores else np.empty(0)
    if not len(known):
        return None
    levels = [level for level in LEVELS if level == 0.0 or (1.0 - level) * len(known) >= FEWEST_BEYOND]
    knots = np.quantile(known, levels)
    beyond = known[known > knots[-1]] - knots[-1]
    tail = float(beyond.mean()) if len(beyond) else 0.0
    return NominalScores(knots=[float(f"{knot:.6g}") for knot in knots], tail=float(f"{max(tail, SHORTEST_TAIL):.6g}"))


def confidence(scores: Floats, nominal: NominalScores) -> Floats:
    """The confidence of scores [n], each in 0..1 and rising with the score; nan where there is no score."""
    return np.minimum(-np.expm1(-_surprise(scores, nominal)), MOST)


def once_in(score: float, nominal: NominalScores) -> float:
    """Of how many nominal samples one scores this much or more."""
    return float(1.0 / (1.0 - confidence(np.array([score]), nominal)[0]))


def _surprise(scores: Floats, nominal: NominalScores) -> Floats:
    """Minus the logarithm of the frequency with which nominal telemetry exceeds each score."""
    knots = np.array(nominal.knots)
    surprise = -np.log1p(-np.array(LEVELS[: len(knots)]))
    # Of equal knots the last counts: that many samples stay at or below.
    last = np.append(knots[1:] > knots[:-1], True)
    inside = np.interp(scores, knots[last], surprise[last])
    below = np.where(scores < knots[0], 0.0, inside)
    beyond = np.maximum(np.minimum(scores, 1e9) - knots[-1], 0.0) / nominal.tail
    return np.asarray(below + beyond, dtype=np.float64)
