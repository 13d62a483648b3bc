"""Judges recordings by the errors of each forecast, under both decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from detection.evaluation.dataset import Recording
from detection.evaluation.metric import Counts, count
from detection.scaling import level_and_spread
from detection.types import WINDOW, Floats, Forecaster
from training.ablation import decisions, features

LASTING, AT_ONCE = "lasting", "at once"
FACTORS = (1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0, 6.0)
"""How far beyond its nominal reach an error must be: every one is judged."""
AHEAD = (1, 8)
"""Samples between what a forecast has seen last and what it is held against."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A recording in units of its nominal spread: nominal and judged part in one, and where the second begins."""

    recording: Recording
    values: Floats
    nominal: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One forecast under one decision: counts by factor, and the area under precision over recall of the samples."""

    forecast: str
    decision: str
    by_factor: dict[float, Counts]
    average_precision: float

    @property
    def best(self) -> tuple[float, Counts]:
        """The factor with the largest F0.5 on these labels, and its counts: an upper bound, not an estimate."""
        return max(self.by_factor.items(), key=lambda item: item[1].f05)


Error = Callable[[Scaled], Floats]


def scale(recording: Recording, smallest_spread: float) -> Scaled:
    """The recording in nominal spreads; one that hardly moves in its nominal part in ``smallest_spread`` instead."""
    level, spread = level_and_spread(recording.train)
    joined = np.concatenate((recording.train, recording.test))
    known = np.isfinite(joined)
    filled = np.interp(np.arange(len(joined)), np.flatnonzero(known), joined[known])
    return Scaled(recording, (filled - level) / max(spread, smallest_spread), len(recording.train))


def forecasts(forecasters: Sequence[Forecaster], seeds: int) -> Iterator[tuple[str, Error]]:
    """All that are compared, by name: each gives the errors [n] of a scaled recording."""
    yield "second difference", second_difference
    for ahead in AHEAD:
        yield f"last value, {ahead} ahead", partial(last_value, ahead=ahead)
        yield f"raw windows, {ahead} ahead", partial(readout, see=features.raw_windows, ahead=ahead)
        for seed in range(seeds):
            see = partial(features.random_features, seed=seed)
            yield f"random features {seed}, {ahead} ahead", partial(readout, see=see, ahead=ahead)
        for forecaster in forecasters:
            yield f"{forecaster.model}, {ahead} ahead", partial(served, forecaster=forecaster, ahead=ahead)


def second_difference(scaled: Scaled) -> Floats:
    """|error| [n] of the straight line through the last two values."""
    return features.delayed(np.abs(np.diff(scaled.values, 2)), 2)


def last_value(scaled: Scaled, ahead: int) -> Floats:
    """|error| [n] where the value is expected to stay."""
    return features.delayed(np.abs(scaled.values[ahead:] - scaled.values[:-ahead]), ahead)


def readout(scaled: Scaled, see: Callable[[Floats], Floats], ahead: int) -> Floats:
    """|error| [n] of a frozen linear readout of what ``see`` makes of the past."""
    seen = see(np.clip(scaled.values, -features.CLIP, features.CLIP))
    return features.readout_error(seen, scaled.values, scaled.nominal, ahead)


def served(scaled: Scaled, forecaster: Forecaster, ahead: int) -> Floats:
    """|error| [n] of a served model's own forecast."""
    windows = np.ascontiguousarray(features.windows_of(scaled.values, WINDOW), dtype=np.float32)
    forecast = forecaster.forecast(windows)[:, ahead - 1].astype(np.float64)
    return features.delayed(np.abs(scaled.values[ahead:] - forecast[:-ahead]), ahead)


def judge(name: str, error_of: Error, recordings: Sequence[Scaled]) -> tuple[Figures, Figures]:
    """The figures of a forecast over labelled recordings, under both decisions."""
    counts = {decision: dict.fromkeys(FACTORS, Counts()) for decision in (LASTING, AT_ONCE)}
    scores: dict[str, list[Floats]] = {LASTING: [], AT_ONCE: []}
    labels = []
    for scaled in recordings:
        error, first = np.minimum(error_of(scaled), 1e3), scaled.nominal
        smooth = decisions.smoothed(error)
        warm = min(decisions.SMOOTHING, first // 3)
        ratios = {
            LASTING: smooth[first:] / max(float(smooth[warm:first].max()), 0.02),
            AT_ONCE: error[first:] / decisions.nominal_reach(error, first),
        }
        stands_out = {
            LASTING: decisions.lasting(smooth, scaled.values, first)[first:],
            AT_ONCE: np.ones(len(error) - first, dtype=np.bool_),
        }
        labelled = scaled.recording.events or ()
        for decision, ratio in ratios.items():
            for factor in FACTORS:
                found = decisions.events(stands_out[decision] & (ratio >= factor))
                counts[decision][factor] += count(labelled, found, len(ratio))
            scores[decision].append(ratio)
        label = np.zeros(len(error) - first, dtype=np.bool_)
        for start, end in labelled:
            label[start : end + 1] = True
        labels.append(label)
    truth = np.concatenate(labels)
    lasting, at_once = (
        Figures(name, decision, counts[decision], average_precision(np.concatenate(scores[decision]), truth))
        for decision in (LASTING, AT_ONCE)
    )
    return lasting, at_once


def average_precision(scores: Floats, truth: np.ndarray) -> float:
    """Mean precision over recall of scores [n] against labels [n]; ties count as one; 0 without any label."""
    if not truth.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    hits = np.cumsum(truth[order])
    last = np.concatenate((ranked[1:] != ranked[:-1], [True]))
    recall = hits[last] / hits[-1]
    precision = hits[last] / (np.flatnonzero(last) + 1)
    return float(np.sum(np.diff(np.concatenate(([0.0], recall))) * precision))
