"""Short gaps are bridged by a straight line, and how far off that may be is told.

A regression that sees a hundred samples would be silent after each one that is lost. What is bridged is only ever
seen as the past of a sample that came after the gap, and is never judged itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detection.series import Series
from detection.types import Floats

LONGEST = 8
"""Samples of a gap that is bridged."""
USUAL = 0.6827
"""The quantile of the errors that is one sigma,"""
TAIL, PART = 0.999, 3.0
"""The quantile of the largest errors: one sigma is at least this part of it."""
_FEWEST = 1000
"""Samples that it takes to tell the errors."""


def bridged(values: Floats, errors: Sequence[float]) -> tuple[Floats, Floats]:
    """``values`` [slots] with the gaps (nan) bridged that are no longer than ``errors``, and the doubt at each slot.

    ``errors`` are those of gaps of one sample, of two and so on. The doubt is 0 where nothing was bridged.
    """
    doubt = np.zeros(len(values))
    known = np.flatnonzero(np.isfinite(values))
    lengths = np.diff(known) - 1
    gaps = np.flatnonzero((lengths > 0) & (lengths <= len(errors)))
    if not len(gaps):
        return values, doubt
    filled = values.copy()
    for before, length in zip(known[gaps], lengths[gaps], strict=True):
        ends = values[before], values[before + length + 1]
        filled[before : before + length + 2] = np.linspace(*ends, length + 2)
        doubt[before + 1 : before + length + 1] = errors[length - 1]
    return filled, doubt


def gap_errors(series: Sequence[Series]) -> list[float]:
    """How far off the middle of a bridge is, by the gap's length, in nominal telemetry: as far as that tells them."""
    found = []
    for length in range(1, LONGEST + 1):
        left = (length + 1) // 2
        right = length + 1 - left
        off = np.concatenate([_errors(one, left, right) for one in series])
        if len(off) < _FEWEST:
            break
        sigma = max(float(np.quantile(off, USUAL)), float(np.quantile(off, TAIL)) / PART)
        found.append(float(f"{sigma:.6g}"))
    return found


def _errors(series: Series, left: int, right: int) -> Floats:
    """How far each sample is off the line from the one ``left`` before it to the one ``right`` after it."""
    values, span = series.values, left + right
    if len(values) <= span:
        return np.empty(0)
    line = (right * values[:-span] + left * values[span:]) / span
    return np.abs(values[left : len(values) - right] - line)[series.run[span:] > span]
