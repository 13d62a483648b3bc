"""Corrected event-wise F0.5: events found, false events, and how much nominal telemetry is left in peace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detection.evaluation.dataset import Span


@dataclass(frozen=True, slots=True)
class Counts:
    """What one channel contributes; counts of several channels add up.

    ``found`` and ``missed`` count labelled events, ``false`` predicted events that touch no labelled one,
    ``nominal`` and ``flagged_nominal`` samples outside the labels.
    """

    found: int = 0
    missed: int = 0
    false: int = 0
    nominal: int = 0
    flagged_nominal: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.found + other.found,
            self.missed + other.missed,
            self.false + other.false,
            self.nominal + other.nominal,
            self.flagged_nominal + other.flagged_nominal,
        )

    @property
    def recall(self) -> float:
        """Labelled events touched, of all."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 0.0

    @property
    def precision(self) -> float:
        """Events found, of those and the false ones."""
        return self.found / (self.found + self.false) if self.found + self.false else 0.0

    @property
    def true_negative_rate(self) -> float:
        """Nominal samples that were not flagged, of all nominal ones."""
        return 1.0 - self.flagged_nominal / self.nominal if self.nominal else 1.0

    @property
    def f05(self) -> float:
        """F0.5 of recall and of precision times the true negative rate: flagging everything scores 0."""
        precision = self.precision * self.true_negative_rate
        bottom = 0.25 * precision + self.recall
        return 1.25 * precision * self.recall / bottom if bottom else 0.0


def count(events: Sequence[Span], predicted: Sequence[Span], samples: int) -> Counts:
    """Compare predicted spans with labelled ones on a record of so many samples; all spans are inclusive."""
    labelled = _mask(events, samples)
    flagged = _mask(predicted, samples)
    found = sum(bool(flagged[first : last + 1].any()) for first, last in events)
    false = sum(not labelled[first : last + 1].any() for first, last in predicted)
    nominal = ~labelled
    return Counts(found, len(events) - found, false, int(nominal.sum()), int((nominal & flagged).sum()))


def delays(events: Sequence[Span], predicted: Sequence[Span]) -> list[int]:
    """Samples from the start of each event that was found to the first flagged sample in it."""
    found = []
    for first, last in events:
        touching = [max(start, first) - first for start, end in predicted if start <= last and end >= first]
        if touching:
            found.append(min(touching))
    return found


def f05(counts: Counts) -> float:
    """The figure that intervals are of where no other is asked for."""
    return counts.f05


def interval(
    channels: Sequence[Counts], draws: int = 2000, seed: int = 1, figure: Callable[[Counts], float] = f05
) -> tuple[float, float]:
    """95 % interval of a figure by drawing channels with replacement."""
    rng = np.random.default_rng(seed)
    fields = np.array([(c.found, c.missed, c.false, c.nominal, c.flagged_nominal) for c in channels])
    drawn = fields[rng.integers(0, len(channels), (draws, len(channels)))].sum(1)
    scores = [figure(Counts(*map(int, one))) for one in drawn]
    low, high = np.quantile(scores, (0.025, 0.975))
    return float(low), float(high)


def _mask(spans: Sequence[Span], samples: int) -> np.ndarray:
    mask = np.zeros(samples, dtype=np.bool_)
    for first, last in spans:
        mask[first : last + 1] = True
    return mask
