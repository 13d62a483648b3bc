"""One channel judged: all members' evidence, flags, and the channel's result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detection import consensus, evidence, limits
from detection.calibration import ChannelCalibration
from detection.confidence import confidence
from detection.evidence import Forecast
from detection.relation import Related
from detection.series import Series, other_cadence
from detection.types import ChannelInput, Flags, Floats
from passwatch.contracts import ChannelResult, Verdict
from passwatch.mission import Limits
from passwatch.series import ChannelSeries

ENOUGH = 0.5
"""The part of the expected samples that must be judged by a member that sees how they follow one another."""
FEWEST = 20
"""Samples below which nothing is judged."""
STATIC = ("range", "flat")
"""Members that judge a sample without a gapless past, and so do not make a judgement by themselves."""
THRESHOLD = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything known of a channel after it was judged; arrays over all samples of ``series``, history included.

    ``scores`` is the largest of ``ratios``, which holds each member's; above 1 is an anomaly. ``forecasts`` by
    forecaster.
    """

    channel: ChannelInput
    calibration: ChannelCalibration | None
    series: Series
    forecasts: Mapping[str, Forecast]
    tiles: Mapping[str, Floats]
    ratios: Mapping[str, Floats]
    scores: Floats
    notes: tuple[str, ...]
    changed: str | None = None
    """What the channel became, in words, where that cannot be judged."""
    related: Flags | None = None
    """Where there was enough to hold it against the other channels; None where it is not related to any."""

    def confidence(self, score: float) -> float | None:
        """How sure a score of this channel makes one (:mod:`detection.confidence`); None if that was not fitted."""
        if self.calibration is None or self.calibration.scores is None:
            return None
        return round(float(confidence(np.array([score]), self.calibration.scores)[0]), 12)

    @property
    def flags(self) -> Flags:
        """Which samples are anomalous."""
        return np.asarray(self.scores > THRESHOLD, dtype=np.bool_)


def judge(
    channel: ChannelInput,
    calibration: ChannelCalibration | None,
    series: Series,
    forecasts: Mapping[str, Forecast],
    tiles: Mapping[str, Floats],
    calm: Flags,
    related: Related | None,
    notes: tuple[str, ...],
    cadence_ms: int,
) -> Judged:
    """Weigh all evidence on a channel.

    ``forecasts`` are scored and ``tiles`` are to be stored, both by forecaster; ``calm`` [n] is where its siblings
    are quiet; ``related`` is what its relation to the satellite says, if it has one.
    """
    ratios: dict[str, Floats] = {}
    if calibration is not None:
        for name, statistic in evidence.statistics(series, forecasts, calm).items():
            if name in calibration.members:
                ratios[name] = evidence.ratio(statistic, calibration.members[name])
        if not calibration.settled:
            ratios = _by_consensus(ratios, series, forecasts, calibration, cadence_ms)
    if related is not None:
        ratios |= related.ratios
        forecasts = {**forecasts, **related.forecasts}
    spread = calibration.spread if calibration is not None else 1.0
    if channel.limits != Limits():
        beyond = limits.excess(series.values, channel.limits)
        ratios["limits"] = np.where(beyond > 0.0, THRESHOLD + np.maximum(beyond / spread, 1e-6), 0.0)
    scores = np.full(len(series), np.nan)
    for values in ratios.values():
        scores = np.fmax(scores, values)
    changed = other_cadence(series, cadence_ms)
    if changed is None and calibration is not None and not calibration.settled:
        changed = consensus.changed_in_gap(series, spread, cadence_ms)
    seen = related.seen if related is not None else None
    return Judged(channel, calibration, series, forecasts, tiles, ratios, scores, notes, changed, seen)


def _by_consensus(
    fitted: Mapping[str, Floats],
    series: Series,
    forecasts: Mapping[str, Forecast],
    calibration: ChannelCalibration,
    cadence_ms: int,
) -> dict[str, Floats]:
    """The consensus of the members; by the fitted bounds only where there is no past to compare with yet."""
    voted = consensus.ratios(series, forecasts, calibration.spread, cadence_ms)
    early = consensus.without_past(series, cadence_ms)
    unknown = np.full(len(series), np.nan)
    return {name: np.where(early, fitted.get(name, unknown), voted.get(name, unknown)) for name in {**fitted, **voted}}


def result(judged: Judged) -> ChannelResult:
    """The channel's result: verdict, and what limited the judgement."""
    channel, series = judged.channel, judged.series
    batch = slice(series.first, None)
    samples = len(series) - series.first
    notes = [*judged.notes, *series.defects]
    if samples < channel.expected:
        notes.append(f"{channel.expected - samples} of {channel.expected} samples missing")
    if samples < FEWEST and (samples or not channel.expected):
        notes.append(f"{samples} of the {FEWEST} samples that it takes to judge a channel")
    seen = _seen(judged)
    if judged.flags[batch].any():
        verdict: Verdict = "ANOMALY"
    elif (
        judged.calibration is None or samples < FEWEST or seen < ENOUGH * channel.expected or judged.changed is not None
    ):
        verdict = "INSUFFICIENT_DATA"
    else:
        verdict = "NOMINAL"
    if judged.calibration is not None and seen < ENOUGH * channel.expected:
        notes.append(f"only {seen} of {channel.expected} samples have a gapless past to be judged by")
    if judged.changed is not None:
        notes.append(judged.changed)
    stored = _stored(judged)
    if judged.tiles and (without := samples - int(stored.sum())) > 0 and samples >= FEWEST:
        notes.append(f"no forecast for {without} samples: fewer than 20 gapless samples before them")
    if judged.related is not None and (without := samples - int(judged.related[batch].sum())) > 0:
        notes.append(f"not held against the other channels for {without} samples: too much is missing before them")
    scores = judged.scores[batch]
    highest = float(np.nanmax(scores)) if np.isfinite(scores).any() else None
    return ChannelResult(
        channel=channel.name,
        verdict=verdict,
        samples=samples,
        expected_samples=channel.expected,
        score=None if highest is None else round(min(highest, 1e9), 3),
        threshold=THRESHOLD,
        note="; ".join(notes) or None,
        confidence=None if highest is None else judged.confidence(highest),
    )


def _seen(judged: Judged) -> int:
    """Samples of the batch judged by a member that sees how they follow one another."""
    seen = np.zeros(len(judged.series), dtype=np.bool_)
    for name, values in judged.ratios.items():
        if name not in STATIC and name != "limits":
            seen |= np.isfinite(values)
    return int(seen[judged.series.first :].sum())


def stored_series(judged: Judged) -> ChannelSeries:
    """The channel's forecasts and scores to be kept, at the samples of the batch that have a forecast."""
    stored = _stored(judged)
    return ChannelSeries(
        channel=judged.channel.name,
        times=judged.series.timestamps[stored],
        forecasts={model: _rounded(values[stored]) for model, values in judged.tiles.items()},
        scores=_rounded(judged.scores[stored], 3),
    )


def _stored(judged: Judged) -> Flags:
    """Samples of the batch that have a forecast."""
    stored = np.zeros(len(judged.series), dtype=np.bool_)
    for values in judged.tiles.values():
        stored |= np.isfinite(values)
    stored[: judged.series.first] = False
    return stored


def _rounded(values: Floats, decimals: int | None = None) -> Floats:
    """Values to six significant digits of the largest, or to ``decimals``; NaN stays."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.full(len(values), np.nan)
    if decimals is None:
        size = float(np.abs(finite).max())
        decimals = 5 - int(np.floor(np.log10(size))) if size > 0.0 else 0
    return np.asarray(np.round(np.clip(values, -1e300, 1e300), decimals), dtype=np.float64)
