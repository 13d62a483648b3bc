"""From forecast errors to flags: one decision for errors that last, one for those that are large at once.

Both are causal. The first is the nonparametric threshold of K. Hundman et al., "Detecting Spacecraft Anomalies Using
LSTMs and Nonparametric Dynamic Thresholding", KDD 2018, section 3.2; of each step only the newest samples are flagged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from detection.events import spans
from detection.types import Flags, Floats

SMOOTHING = 105
"""Span of the exponentially weighted mean of the errors, in samples."""
STEP = 70
HISTORY = 2100
"""Samples whose errors are compared, and every how many of them this is done."""
WIDENING = 20
DEVIATIONS = np.arange(2.5, 12.0, 0.5)
PRUNED = 0.13
"""A sequence's peak must be larger by this share than the next lower one."""
MOST_SEQUENCES = 5
NEGLIGIBLE = 0.05
"""Errors below this share of the values' range, or spread, are of no interest."""
BLOCK = 50
REACH = 0.98
"""Quantile of the largest nominal errors of blocks."""


def smoothed(error: Floats) -> Floats:
    """Exponentially weighted mean of errors [n], each at most 10 nominal spreads."""
    weight = 2.0 / (SMOOTHING + 1.0)
    return np.array(list(accumulate(np.minimum(error, 10.0).tolist(), lambda s, e: s + weight * (e - s))))


def lasting(smooth: Floats, values: Floats, nominal: int) -> Flags:
    """Flags [n] where the smoothed error stands out from that of the last 2,100 samples; none in the nominal part."""
    flags = np.zeros(len(smooth), dtype=np.bool_)
    for end in [*range(nominal + STEP, len(smooth), STEP), len(smooth)]:
        newest, begin = max(nominal, end - STEP), max(0, end - HISTORY)
        error, seen = smooth[begin:end], values[begin:end]
        low, high = np.percentile(seen, (5, 95))
        if error.max() <= NEGLIGIBLE * (high - low) or error.std() <= NEGLIGIBLE * seen.std():
            continue
        for first, last in _sequences(error):
            flags[max(newest, begin + first) : begin + last + 1] = True
    return flags


def nominal_reach(error: Floats, nominal: int) -> float:
    """The 98 % point of the largest errors of blocks of 50 samples in the nominal part, at least 0.02 spreads."""
    part = error[:nominal]
    blocks = part[: len(part) // BLOCK * BLOCK].reshape(-1, BLOCK).max(1) if len(part) >= BLOCK else part
    return max(float(np.quantile(blocks, REACH)), 0.02)


def _sequences(error: Floats) -> list[tuple[int, int]]:
    """The sequences above the best threshold that are not pruned."""
    mean, deviation = float(error.mean()), float(error.std())
    best, threshold = -np.inf, None
    for times in DEVIATIONS:
        above = error > mean + times * deviation
        if not above.any():
            break
        wide = _widened(above)
        found, below = _runs(wide), error[~above]
        if len(found) > MOST_SEQUENCES or 2 * wide.sum() >= len(error):
            continue
        gain = (mean - below.mean()) / mean + (deviation - below.std()) / deviation
        score = float(gain / (len(found) ** 2 + wide.sum()))
        if score >= best:
            best, threshold = score, mean + times * deviation
    return [] if threshold is None else _pruned(error, _widened(error > threshold))


def _pruned(error: Floats, wide: Flags) -> list[tuple[int, int]]:
    found = sorted(_runs(wide), key=lambda run: -float(error[run[0] : run[1] + 1].max()))
    peaks = [float(error[first : last + 1].max()) for first, last in found]
    peaks.append(float(error[~wide].max()) if not wide.all() else 0.0)
    drops = [number for number, (high, low) in enumerate(pairwise(peaks), 1) if (high - low) / high > PRUNED]
    return found[: drops[-1]] if drops else []


def _widened(flags: Flags) -> Flags:
    return np.asarray(np.convolve(flags, np.ones(2 * WIDENING + 1), "same") > 0.5, dtype=np.bool_)  # noqa: PLR2004


def _runs(flags: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(first), int(end) - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def events(flags: Flags) -> Sequence[tuple[int, int]]:
    """First and last sample of each event among flags [m], short gaps bridged as the detector does."""
    return spans(flags, 0)
