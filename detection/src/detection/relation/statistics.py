"""What innovations say of a fault that began a while ago."""

from __future__ import annotations

import numpy as np

from detection.relation.grid import lagged
from detection.relation.views import NEAR, VIEWS, View
from detection.types import Floats

POWER = f"{NEAR.name}_power"
"""The innovations' root mean square over the last samples."""
POWER_SPAN = 16
"""How many."""
MEMBERS = (NEAR.name, POWER, *(f"{view.name}_{span}" for view in VIEWS for span in view.spans))
ENOUGH = 0.5
"""The part of a signature's power that known innovations must carry."""
LOUDEST = 8.0
"""Sigmas beyond which an innovation counts no more where several are added."""
LATELY = 8
"""Samples that must still say,"""
STILL = 0.5
"""at least to this part, what the whole of a longer span says."""
SUMS = frozenset(f"{view.name}_{span}" for view in VIEWS for span in view.spans if span >= LATELY)
"""Members that add up many innovations."""


def statistics(view: View, innovation: Floats, weights: Floats, doubt: Floats | None = None) -> dict[str, Floats]:
    """Each statistic of a view's innovations [slots] by member, per slot: [slots].

    Of both views the likelihood of a step that began some samples ago, in sigmas and with its sign; of the near view
    also the innovation itself, and their root mean square. ``weights`` are those of the channel's own lags. ``doubt``
    [slots] is how far off innovations may be because of what was bridged: since one gap is in the past of many
    samples, it is taken to be off to the same side in all of them.
    """
    longest = max(*view.spans, POWER_SPAN)
    back = np.stack([lagged(innovation, lag) for lag in range(longest)])
    counted = np.isfinite(back)
    unsure, unsure_back = np.zeros(1), np.zeros((longest, 1))
    if doubt is not None:
        unsure = np.nan_to_num(doubt)
        unsure_back = np.nan_to_num(np.stack([lagged(unsure, lag) for lag in range(longest)])) * counted
    most = LOUDEST * np.sqrt(1.0 + unsure_back**2)
    filled = np.where(counted, np.clip(back, -most, most), 0.0)
    lately = _mean(filled[:LATELY], counted[:LATELY])
    found: dict[str, Floats] = {}
    for span in view.spans:
        shape = signature(view, weights, span)[::-1]
        carried = np.einsum("i,ij->j", shape**2, counted[:span].astype(np.float64))
        enough = counted[0] & (carried >= ENOUGH * float((shape**2).sum())) & (carried > 0.0)
        total = np.einsum("i,ij->j", shape, filled[:span])
        if view is not NEAR and span > LATELY:
            # All of a fault is left in the sum for as long as the span after it has ended.
            over = _mean(filled[:span], counted[:span])
            total = np.where(lately * np.sign(over) >= STILL * np.abs(over), total, 0.0)
        power = carried + np.einsum("i,ij->j", np.abs(shape), unsure_back[:span]) ** 2
        found[f"{view.name}_{span}"] = np.where(enough, total / np.sqrt(np.where(enough, power, 1.0)), np.nan)
    if view is NEAR:
        found[NEAR.name] = innovation / np.sqrt(1.0 + unsure**2)
        count = counted[:POWER_SPAN].sum(0)
        mean = (filled[:POWER_SPAN] ** 2 / (1.0 + unsure_back[:POWER_SPAN] ** 2)).sum(0) / np.maximum(count, 1)
        found[POWER] = np.where(counted[0] & (count >= ENOUGH * POWER_SPAN), np.sqrt(mean), np.nan)
    return found


def signature(view: View, weights: Floats, span: int) -> Floats:
    """What a step of one sigma leaves in the view's innovations from its first sample on: [span].

    A view that does not see the channel's last samples leaves all of it.
    """
    if view is not NEAR:
        return np.ones(span)
    left = 1.0 - np.concatenate(([0.0], np.cumsum(weights)))
    return np.asarray(left[np.minimum(np.arange(span), len(left) - 1)], dtype=np.float64)


def _mean(filled: Floats, counted: np.ndarray) -> Floats:
    return np.asarray(filled.sum(0) / np.maximum(counted.sum(0), 1), dtype=np.float64)
