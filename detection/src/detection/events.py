"""From flagged samples to events with their evidence in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from detection import consensus, limits, words
from detection.evidence import AUTOREGRESSION, MEAN, RELATION, SURPRISE, forecaster_of
from detection.judge import THRESHOLD, Judged
from detection.members import ERROR_SPAN, LEVEL_SPAN
from detection.relation.views import view_of
from detection.types import Floats
from passwatch.contracts import AnomalyEvent, Severity

JOIN = 10
"""Flagged samples with at most so many unflagged ones between them are one event."""
_NAMED = 2
"""Channels that an explanation names as witnesses."""
CRITICAL = 2.0
"""A score from which an event is critical whatever the limits say."""
_SUMMARIES: Mapping[str, tuple[str, int, Callable[[Floats], float]]] = {
    "level": ("mean", LEVEL_SPAN, lambda values: float(values.mean())),
    "activity": ("mean change per sample", LEVEL_SPAN + 1, lambda values: float(np.abs(np.diff(values)).mean())),
    "activity_long": (
        "mean change per sample",
        consensus.LONG_SPAN + 1,
        lambda values: float(np.abs(np.diff(values)).mean()),
    ),
    "deviation": ("standard deviation", LEVEL_SPAN, lambda values: float(values.std())),
}
"""What members that sum up the last samples say of them: in words, over how many samples, and how."""


def find(channels: Sequence[Judged]) -> list[AnomalyEvent]:
    """The events of a subsystem's batch, by time; each with its channel's share of the evidence."""
    weights = [_weight(judged) for judged in channels]
    total = sum(weights)
    found = [
        _event(judged, first, last, weight / total)
        for judged, weight in zip(channels, weights, strict=True)
        for first, last in spans(judged.flags, judged.series.first)
    ]
    return sorted(found, key=lambda event: (event.start, -event.score, event.channel))


def spans(flags: np.ndarray, first: int) -> list[tuple[int, int]]:
    """First and last index of each event among ``flags`` [n] from ``first`` on."""
    flagged = np.flatnonzero(flags[first:]) + first
    if not len(flagged):
        return []
    cuts = np.flatnonzero(np.diff(flagged) > JOIN + 1)
    begins = flagged[np.concatenate(([0], cuts + 1))]
    ends = flagged[np.concatenate((cuts, [len(flagged) - 1]))]
    return [(int(a), int(b)) for a, b in zip(begins, ends, strict=True)]


def _weight(judged: Judged) -> float:
    scores = judged.scores[judged.series.first :]
    return float(np.minimum(scores[scores > THRESHOLD], 1e6).sum())


def _event(judged: Judged, first: int, last: int, share: float) -> AnomalyEvent:
    series, channel = judged.series, judged.channel
    span = slice(first, last + 1)
    peak = first + int(np.nanargmax(judged.scores[span]))
    score = float(judged.scores[peak])
    detector = max(judged.ratios, key=lambda name: np.nan_to_num(judged.ratios[name][peak], nan=-1.0))
    if judged.calibration is not None and not judged.calibration.settled:
        farthest = consensus.farthest(series, detector, first, last)
        peak = peak if farthest is None else farthest
    is_critical = score >= CRITICAL or bool(limits.critical(series.values[span], channel.limits).any())
    severity: Severity = "critical" if is_critical else "warning"
    forecast = _forecast(judged, detector, peak)
    return AnomalyEvent(
        channel=channel.name,
        start=int(series.timestamps[first]),
        end=int(series.timestamps[last]),
        peak=int(series.timestamps[peak]),
        severity=severity,
        score=round(min(score, 1e9), 3),
        threshold=THRESHOLD,
        detector=forecaster_of(detector),
        share=round(share, 4),
        value=float(series.values[peak]),
        forecast=None if forecast is None else float(f"{forecast[0]:.6g}"),
        explanation=_explain(judged, detector, first, last, peak),
        confidence=judged.confidence(score),
    )


def _forecast(judged: Judged, detector: str, peak: int) -> tuple[float, float] | None:
    """Forecast and its sigma at the peak: of the member that spoke, or of any that has one there."""
    named = view_of(detector).name if detector.startswith(RELATION) else forecaster_of(detector)
    named = AUTOREGRESSION if detector == SURPRISE else named
    order = [named, *judged.forecasts] if named in judged.forecasts else list(judged.forecasts)
    for name in order:
        value = float(judged.forecasts[name].values[peak])
        if np.isfinite(value):
            return value, float(judged.forecasts[name].sigma[peak])
    return None


def _witnesses(judged: Judged, detector: str) -> str:
    """Who implies what the channel should be."""
    relation = judged.calibration.relation if judged.calibration is not None else None
    view = relation.views.get(view_of(detector).name) if relation else None
    named = [*(view.context[:_NAMED] if view else ()), "its own past"]
    return f"{', '.join(named[:-1])} and {named[-1]} imply" if len(named) > 1 else f"{named[0]} implies"


def _explain(judged: Judged, detector: str, first: int, last: int, peak: int) -> str:
    series, channel = judged.series, judged.channel
    step, unit = channel.resolution, f" {channel.unit}" if channel.unit else ""
    value = float(series.values[peak])
    lasts = words.duration((series.timestamps[last] - series.timestamps[first]) / 1000.0)
    span = f" for {lasts}" if last > first else ""
    said = f"{channel.name} {words.number(value, step)}{unit}"
    forecast = _forecast(judged, detector, peak)
    calibration = judged.calibration
    nominal, bounds = "nominal", calibration.members.get(detector) if calibration is not None else None
    if calibration is not None and not calibration.settled:
        recent = consensus.recent_bounds(series, detector, first)
        nominal, bounds = ("lately", recent) if recent is not None else (nominal, bounds)
    if detector.endswith(MEAN):
        made = judged.forecasts[forecaster_of(detector)]
        averaged = slice(peak - ERROR_SPAN + 1, peak + 1)
        off = float((series.values[averaged] - made.values[averaged]).mean())
        finer = step / 10 if step else None
        sigma = f" ± {words.number(float(made.sigma[peak]), finer)}{unit}"
        said += f": on average {words.number(off, finer)}{unit} off its forecast{sigma} over {ERROR_SPAN} samples{span}"
    elif forecaster_of(detector) == RELATION and forecast is not None:
        sigma = words.number(forecast[1], step / 10 if step else None)
        over = detector.rpartition("_")[2]
        since = f", off for {over} samples" if over.isdecimal() else ""
        said += f"; {_witnesses(judged, detector)} {words.number(forecast[0], step)} ± {sigma}{unit}{since}{span}"
    elif detector == SURPRISE and forecast is not None:
        sigma = words.number(forecast[1], step / 10 if step else None)
        expected = f"forecast {words.number(forecast[0], step)} ± {sigma}{unit}"
        said += f", {expected}, a jump of {judged.scores[peak]:.1f} times its bound{span}"
    elif forecaster_of(detector) in judged.forecasts and forecast is not None:
        sigma = words.number(forecast[1], step / 10 if step else None)
        said += f", forecast {words.number(forecast[0], step)} ± {sigma}{unit}{span}"
    elif detector == "range" and bounds is not None:
        said += f", {nominal} {words.within(bounds, step, unit)}{span}"
    elif detector in _SUMMARIES and bounds is not None:
        what, samples, summary = _SUMMARIES[detector]
        finer = step / 10 if step else None
        now = words.number(summary(series.values[max(0, peak - samples + 1) : peak + 1]), finer)
        usual = words.within(bounds, finer, unit)
        said += f": {what} of the last {samples} samples {now}{unit}, {nominal} {usual}{span}"
    elif detector == "flat" and bounds is not None and bounds.high is not None:
        begin = peak
        while begin > 0 and series.values[begin - 1] == value and series.run[begin] > 1:
            begin -= 1
        held = words.duration((series.timestamps[last] - series.timestamps[begin]) / 1000.0)
        said += f" unchanged for {held}, {nominal} runs stay below {bounds.high:.0f} samples"
    elif detector == "limits":
        said += span
    worst = float(series.values[first : last + 1].max()), float(series.values[first : last + 1].min())
    for extreme in (value, *worst):
        if beyond := limits.violated(extreme, channel.limits):
            return f"{said}, {beyond}{unit}"
    return said
