"""Fits a calibration on a span of stored telemetry, with the models that are served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from analysis_worker.clock import iso
from analysis_worker.models import ServedModels
from analysis_worker.read import arrays
from analysis_worker.selector import judged_channels, series_selector
from detection.fit import fit_calibration
from detection.nominal import NominalFleet, Samples, nominal_fleets
from passwatch.contracts import CalibrationFit, CalibrationTask
from passwatch.mission import Channel, Mission
from passwatch.takes import newest, take_of
from passwatch.victoria import VictoriaClient

NAMED = 5
"""Channels that a refusal, or satellites that a source, names one by one."""
FIXED_BYTES = 100_000_000
"""What a fit holds whatever it is fitted on,"""
KEPT_BYTES = 120
"""for each sample,"""
LAID_BYTES = 140
"""and besides for each of the satellite that has most; all measured."""
MOST_BYTES = 490_000_000
"""What a fit may hold: a worker's container has room for it, for its other processes, and a fifth more."""


class CannotFit(Exception):
    """The calibration cannot be fitted; the message says why. Trying again will not help."""


class Fitter:
    """Fits calibrations of all missions."""

    def __init__(
        self, missions: Mapping[str, Mission], models: ServedModels, victoria: VictoriaClient, now_ms: Callable[[], int]
    ) -> None:
        self._missions, self._models, self._victoria, self._now_ms = missions, models, victoria, now_ms

    def fit(self, task: CalibrationTask) -> CalibrationFit:
        """The calibration that the task asks for.

        Raises:
            CannotFit: the mission is not known here, or the span holds too little telemetry.
            VictoriaUnavailable, ForecasterUnavailable: an engine cannot serve now; fit again later.
        """
        mission = self._missions.get(task.mission)
        if mission is None:
            raise CannotFit(f"the mission {task.mission!r} is not known to the worker")
        forecasters = self._models.at({})
        fleets = self._fleets(task, mission)
        samples = {name: count for fleet in fleets for name, count in fleet.samples.items()}
        _refuse_too_little(task, samples)
        satellites = sorted({satellite for fleet in fleets for satellite in fleet.satellites})
        telemetry = [fleet.subsystems for fleet in fleets]
        calibration = fit_calibration(mission.id, mission.cadence_ms, _source(task, satellites), telemetry, forecasters)
        return CalibrationFit(
            fit_id=task.fit_id,
            mission=task.mission,
            satellite_id=task.satellite_id,
            calibration=msgspec.to_builtins(calibration),
            error=None,
            satellites=satellites,
            samples=samples,
            skipped=[c.name for c in mission.channels if c.role == "judged" and c.name not in samples],
            finished_at=self._now_ms(),
        )

    def _fleets(self, task: CalibrationTask, mission: Mission) -> list[NominalFleet]:
        channels: dict[str, Channel] = {}
        found: dict[str, dict[str, Samples]] = {}
        counts: Counter[str] = Counter()
        for subsystem in mission.subsystems:
            listed = judged_channels(mission, subsystem)
            channels |= {channel.name: channel for channel in listed}
            selector = series_selector(mission, task.satellite_id, listed)
            takes: dict[tuple[str, str], dict[int, Samples]] = {}
            for series in self._victoria.export(selector, task.first_time, task.last_time):
                channel = mission.channel_of(series.metric["__name__"])
                if channel is not None and channel.role == "judged" and channel.subsystem == subsystem:
                    channels.setdefault(channel.name, channel)
                    satellite = series.metric.get("satellite_id", "")
                    takes.setdefault((satellite, channel.name), {})[take_of(series.metric)] = arrays(series)
                    counts[satellite] += len(series.timestamps)
            for (satellite, name), of_channel in takes.items():
                found.setdefault(satellite, {})[name] = newest(of_channel)
            _refuse_too_much(counts)
        return nominal_fleets(found, channels, mission.cadence_ms)


def failed_fit(task: CalibrationTask, reason: str, finished_at: int) -> CalibrationFit:
    """What is said of a calibration that there is none of."""
    return CalibrationFit(
        fit_id=task.fit_id,
        mission=task.mission,
        satellite_id=task.satellite_id,
        calibration=None,
        error=reason,
        satellites=[],
        samples={},
        skipped=[],
        finished_at=finished_at,
    )


def needed_bytes(counts: Mapping[str, int]) -> int:
    """What a fit holds on so many samples of each satellite."""
    return FIXED_BYTES + KEPT_BYTES * sum(counts.values()) + LAID_BYTES * max(counts.values(), default=0)


def _refuse_too_much(counts: Mapping[str, int]) -> None:
    if needed_bytes(counts) > MOST_BYTES:
        raise CannotFit(
            f"more telemetry than a worker has memory for, at least {sum(counts.values()):,} samples, "
            f"{max(counts.values()):,} of them of one satellite: choose a shorter span, or fewer satellites"
        )


def _refuse_too_little(task: CalibrationTask, samples: Mapping[str, int]) -> None:
    who = task.satellite_id or f"mission {task.mission}"
    if not samples:
        raise CannotFit(f"no telemetry of {who} is stored from {iso(task.first_time)} to {iso(task.last_time)}")
    short = {name: count for name, count in samples.items() if count < task.minimum_samples}
    if short:
        named = ", ".join(f"{name} {count}" for name, count in list(short.items())[:NAMED])
        more = f" and {len(short) - NAMED} more channels" if len(short) > NAMED else ""
        raise CannotFit(
            f"too little telemetry of {who} from {iso(task.first_time)} to {iso(task.last_time)}: {named}{more}; "
            f"at least {task.minimum_samples} samples of each channel are needed"
        )


def _source(task: CalibrationTask, satellites: list[str]) -> str:
    who = ", ".join(satellites[:NAMED]) + (f" and {len(satellites) - NAMED} more" if len(satellites) > NAMED else "")
    return f"stored telemetry of {who}, {iso(task.first_time)} to {iso(task.last_time)}"
