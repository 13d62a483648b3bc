"""Weighted ridge regression on the few groups of features that tell most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detection.series import Integers
from detection.types import Floats

RIDGE = 1e-8
"""Of the mean power of the features."""
MOST = 8
"""Groups that are chosen at most."""
WORTH = 0.005
"""The part of the error's power by which another group must lower it."""
FEWEST = 10
"""Samples for each feature, at least."""


class Gram:
    """The products of features, summed over the samples at which all of them are known; ``rows`` numbers them."""

    def __init__(self, rows: Integers) -> None:
        self.rows = rows
        self.products: Floats = np.zeros((len(rows), len(rows)))
        self.count = 0

    def add(self, seen: Floats, weight: Floats) -> None:
        """Add samples [features, n], each counted by its ``weight`` [n]."""
        whole = np.isfinite(seen).all(0) & (weight > 0.0)
        weighed = seen[:, whole] * np.sqrt(weight[whole])
        self.products += weighed @ weighed.T
        self.count += weighed.shape[1]


@dataclass(frozen=True, slots=True)
class Problem:
    """Which features explain which, by their numbers.

    ``always`` are taken; ``groups`` are taken as they tell.
    """

    target: int
    always: Integers
    groups: Sequence[Integers]

    @property
    def rows(self) -> Integers:
        """All of them, rising."""
        return np.unique(np.concatenate([[self.target], self.always, *self.groups]))

    def among(self, rows: Integers) -> Problem:
        """The same problem where ``rows`` alone are there, in this order."""
        place = {int(row): i for i, row in enumerate(rows)}
        moved = [np.array([place[int(row)] for row in group]) for group in (self.always, *self.groups)]
        return Problem(place[self.target], moved[0], moved[1:])


def solve(gram: Gram, problem: Problem) -> tuple[list[int], Floats, Floats] | None:
    """Which groups are taken, the most telling first, their features' weights, and those that are always taken.

    Groups are added while each lowers the error (forward selection). None without enough samples.
    """
    widest = sorted(map(len, problem.groups), reverse=True)[:MOST]
    if gram.count < FEWEST * (len(problem.always) + sum(widest)):
        return None
    places = np.searchsorted(gram.rows, problem.rows)
    products = gram.products[np.ix_(places, places)]
    products = products + (RIDGE * float(np.trace(products)) / len(places) + 1e-12) * np.eye(len(places))
    here = problem.among(problem.rows)
    moment = products[here.target]
    chosen: list[int] = []
    while True:
        taken = np.concatenate([here.always, *(here.groups[i] for i in chosen)])
        inner = products[np.ix_(taken, taken)]
        weights = np.linalg.solve(inner, moment[taken])
        error = float(moment[here.target] - weights @ moment[taken])
        left = [i for i in range(len(here.groups)) if i not in chosen]
        best = _most_telling(products, inner, taken, moment, weights, [here.groups[i] for i in left])
        if best is None or len(chosen) == MOST or best[1] < WORTH * error:
            always = len(here.always)
            return chosen, weights[always:], weights[:always]
        chosen.append(left[best[0]])


def _most_telling(
    products: Floats, inner: Floats, taken: Integers, moment: Floats, weights: Floats, groups: Sequence[Integers]
) -> tuple[int, float] | None:
    """Which group would lower the error most, and by what: by the part of it that those taken do not explain."""
    if not groups:
        return None
    new = np.concatenate(groups)
    across = products[np.ix_(new, taken)]
    rest = products[np.ix_(new, new)] - across @ np.linalg.solve(inner, across.T)
    missing = moment[new] - across @ weights
    gains, begin = [], 0
    for group in groups:
        own = slice(begin, begin + len(group))
        gains.append(float(missing[own] @ np.linalg.solve(rest[own, own], missing[own])))
        begin = own.stop
    best = int(np.argmax(gains))
    return best, gains[best]
