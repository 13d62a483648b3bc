"""Fits on the nominal segments of a channel and judges the others in their order, causally."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detection.evaluation.dataset import Recording
from detection.evaluation.run import judge
from detection.evaluation.segments.dataset import Segment
from detection.types import Floats, Forecaster

THRESHOLD = 1.0
"""The detector's own: a score above it is an anomaly."""

Group = tuple[str, int]
"""Channel and sampling in s: what is fitted and judged together."""


def groups(segments: Sequence[Segment]) -> dict[Group, list[Segment]]:
    """The segments by channel and sampling, in their order."""
    found: dict[Group, list[Segment]] = {}
    for segment in segments:
        found.setdefault((segment.channel, segment.sampling), []).append(segment)
    return found


def score(
    segments: Sequence[Segment], forecasters: Sequence[Forecaster], done: Callable[[Group], None]
) -> tuple[dict[int, float], list[Group]]:
    """The score of each segment to judge by its number, and the groups that have nothing to fit on.

    Segments follow one another back to back, as they were cut: each is judged with what came before it. A segment's
    score is the highest of its samples; 0 where none of them could be judged. ``done`` is told each group.
    """
    scores: dict[int, float] = {}
    unfitted = []
    for group, members in groups(segments).items():
        nominal = [one.values for one in members if one.train and not one.anomaly]
        judged = [one for one in members if not one.train]
        if judged and any(np.isfinite(values).any() for values in nominal):
            scores |= _scores(np.concatenate(nominal), judged, forecasters)
        elif judged:
            unfitted.append(group)
            scores |= dict.fromkeys((one.number for one in judged), 0.0)
        done(group)
    return scores, unfitted


def _scores(nominal: Floats, judged: Sequence[Segment], forecasters: Sequence[Forecaster]) -> dict[int, float]:
    recording = Recording(
        "segments", nominal, np.concatenate([one.values for one in judged]), None, representative=True
    )
    found = judge(recording, forecasters).scores
    assert found is not None  # noqa: S101 - the detector always scores
    ends = np.cumsum([len(one.values) for one in judged])
    parts = np.split(np.where(np.isfinite(found), found, 0.0), ends[:-1])
    return {one.number: float(part.max()) for one, part in zip(judged, parts, strict=True)}
