"""The detector: every channel of a subsystem judged by all members, one verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from detection import consensus, events, evidence, members, relation, windows
from detection.calibration import Calibration, ChannelCalibration
from detection.evidence import Forecast
from detection.judge import Judged, judge, result, stored_series
from detection.scaling import level_and_spread
from detection.series import Integers, Series, prepare
from detection.types import WINDOW, ChannelInput, Flags, Floats, Forecaster, SubsystemJudgement
from passwatch.contracts import ChannelResult, Verdict

_NAMED = 3
"""Channels that a reason names one by one."""


class Detector:
    """Judges subsystems with one calibration and any number of forecasters (none: the other members alone)."""

    def __init__(self, calibration: Calibration, forecasters: Sequence[Forecaster]) -> None:
        self.calibration = calibration
        self.forecasters = tuple(forecasters)

    @property
    def history_samples(self) -> int:
        """How many samples before the batch the detector reads."""
        channels = self.calibration.channels.values()
        own = members.PAST if all(channel.settled for channel in channels) else consensus.PAST
        related = any(channel.relation is not None for channel in channels)
        return max(own, relation.PAST) if related else own

    @property
    def models(self) -> Mapping[str, str]:
        """Version by model, as the forecasters report them now.

        Raises:
            ForecasterUnavailable: a forecaster cannot answer now.
        """
        return {forecaster.model: forecaster.version for forecaster in self.forecasters}

    def context_of(self, channels: Iterable[str]) -> frozenset[str]:
        """The satellite's other channels that it takes to judge these: what they are implied by, and that in turn."""
        asked = frozenset(channels)
        seen = self._context(asked)
        return (seen | self._context(seen)) - asked

    def _context(self, channels: Iterable[str]) -> frozenset[str]:
        known = (self.calibration.channels.get(name) for name in channels)
        return frozenset(name for one in known if one is not None and one.relation for name in one.relation.context)

    def judge(self, inputs: Sequence[ChannelInput], context: Sequence[ChannelInput] = ()) -> SubsystemJudgement:
        """Judge the channels of one subsystem of one batch.

        ``context`` are the same satellite's other channels, as far as :meth:`context_of` names them.

        Raises:
            ForecasterUnavailable: a forecaster cannot answer now; judge again later.
        """
        return conclude(*self.evidence(inputs, context))

    def evidence(
        self, inputs: Sequence[ChannelInput], context: Sequence[ChannelInput] = ()
    ) -> tuple[list[Judged], float, float]:
        """Every sample's evidence, channel by channel, and the seconds spent in the forecasters and on the rest."""
        began = time.perf_counter()
        cadence = self.calibration.cadence_ms
        series = [prepare(channel, cadence) for channel in inputs]
        known = [self.calibration.channels.get(channel.name) for channel in inputs]
        units = [_units(channel, one, fitted) for channel, one, fitted in zip(inputs, series, known, strict=True)]
        begins = [_worth(windows.starts(one, cadence), one, fitted) for one, fitted in zip(series, known, strict=True)]
        cut = [windows.inputs(one, begin, *unit) for one, begin, unit in zip(series, begins, units, strict=True)]
        together = np.concatenate(cut) if cut else np.empty((0, WINDOW), np.float32)
        asked = time.perf_counter()
        answers = {forecaster.model: forecaster.forecast(together) for forecaster in self.forecasters}
        versions = self.models
        answered = time.perf_counter()
        trusted = [model for model in answers if versions[model] == self.calibration.models.get(model)]
        bounds = np.cumsum([0, *map(len, cut)])
        errors = {
            channel.name: (one, evidence.autoregression_error(fitted, one))
            for channel, one, fitted in zip(inputs, series, known, strict=True)
            if fitted is not None
        }
        names = [channel.name for channel in inputs]
        others = {one.name: prepare(one, cadence) for one in context}
        related = relation.judge(
            [*names, *others], [*series, *others.values()], self.calibration.channels, cadence, names
        )
        judged = []
        for i, channel in enumerate(inputs):
            level, spread = units[i]
            own = {
                model: level + spread * answer[bounds[i] : bounds[i + 1]].astype(np.float64)
                for model, answer in answers.items()
            }
            laid = {model: windows.lay(series[i], begins[i], forecast) for model, forecast in own.items()}
            stored = {model: values for model, (values, _) in laid.items()}
            notes = _notes(known[i], [model for model in answers if model not in trusted])
            scored = self._scored(series[i], known[i], {model: laid[model] for model in trusted})
            calm, heard = _calm(known[i], series[i], errors), related.get(channel.name)
            judged.append(judge(channel, known[i], series[i], scored, stored, calm, heard, notes, cadence))
        return judged, answered - asked, time.perf_counter() - answered + asked - began

    @staticmethod
    def _scored(
        series: Series, known: ChannelCalibration | None, laid: Mapping[str, tuple[Floats, Integers]]
    ) -> dict[str, Forecast]:
        if known is None:
            return {}
        scored = {model: evidence.model_forecast(known, model, *forecasts) for model, forecasts in laid.items()}
        return scored | {"autoregression": evidence.autoregression_forecast(known, series)}


def conclude(judged: Sequence[Judged], forecast_s: float, score_s: float) -> SubsystemJudgement:
    """The judgement that follows from a subsystem's evidence and the seconds that it took."""
    began = time.perf_counter()
    results = [result(channel) for channel in judged]
    found = events.find(judged)
    verdict, reason = _verdict(results)
    return SubsystemJudgement(
        verdict=verdict,
        reason=reason,
        events=found,
        channels=results,
        series=[stored_series(channel) for channel in judged],
        forecast_s=forecast_s,
        score_s=score_s + time.perf_counter() - began,
    )


def _worth(begins: Integers, series: Series, known: ChannelCalibration | None) -> Integers:
    """Of the windows those whose forecasts bear on the batch: of a settled channel's history its own members' past."""
    if known is not None and not known.settled:
        return begins
    return begins[begins >= series.first - members.PAST]


def _units(channel: ChannelInput, series: Series, known: ChannelCalibration | None) -> tuple[float, float]:
    """Level and spread in which a channel is forecast; its own where it is not calibrated, for the stored forecasts
    only."""
    if known is not None:
        return known.level, known.spread
    return level_and_spread(series.values, channel.resolution)


def _calm(known: ChannelCalibration | None, series: Series, errors: Mapping[str, tuple[Series, Floats]]) -> Flags:
    """Where the siblings are quiet; nowhere if one of those that the channel was calibrated with is not there."""
    if known is None or any(name not in errors for name in known.siblings):
        return np.zeros(len(series), dtype=np.bool_)
    return evidence.quiet(series, [errors[name] for name in known.siblings])


def _notes(known: ChannelCalibration | None, untrusted: Sequence[str]) -> tuple[str, ...]:
    if known is None:
        return ("no calibration for this channel: only static limits judged",)
    return tuple(f"{model} was not judged: the calibration was fitted with another version" for model in untrusted)


def _verdict(results: Sequence[ChannelResult]) -> tuple[Verdict, str | None]:
    if not results:
        return "INSUFFICIENT_DATA", "no channel to judge"
    anomalous = [channel.channel for channel in results if channel.verdict == "ANOMALY"]
    unjudged = [channel for channel in results if channel.verdict == "INSUFFICIENT_DATA"]
    missing = ", ".join(f"{channel.channel} ({channel.note})" for channel in unjudged[:_NAMED])
    more = f" and {len(unjudged) - _NAMED} more" if len(unjudged) > _NAMED else ""
    too_little = f"too little to judge {missing}{more}" if unjudged else None
    if anomalous:
        said = f"anomaly in {', '.join(anomalous)}"
        return "ANOMALY", f"{said}; {too_little}" if too_little else said
    return ("INSUFFICIENT_DATA", too_little) if unjudged else ("NOMINAL", None)
