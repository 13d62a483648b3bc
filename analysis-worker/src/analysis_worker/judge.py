"""One task: read, judge, and say what was found and by what."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from analysis_worker.align import Aligned, distinct_times, input_hash
from analysis_worker.calibrations import CalibrationSource, Chosen
from analysis_worker.clock import iso
from analysis_worker.code_version import code_version
from analysis_worker.models import ServedModels
from analysis_worker.read import SamplesReader, TooMuch
from analysis_worker.result import result_of
from detection.api import Detector, SubsystemJudgement
from passwatch.contracts import (
    Completeness,
    JudgeTask,
    Provenance,
    RejectedSamples,
    RepeatedTimes,
    SubsystemResult,
    Timings,
)
from passwatch.mission import Mission
from passwatch.series import ChannelSeries, reference


class CannotJudge(Exception):
    """A task that asks for something that is not there; the message says what. Trying again will not help."""


class Judge:
    """Judges tasks of all missions, by the calibrations in force and the models that they were fitted with."""

    def __init__(
        self,
        missions: Mapping[str, Mission],
        calibrations: CalibrationSource,
        models: ServedModels,
        reader: SamplesReader,
        now_ms: Callable[[], int],
    ) -> None:
        self._missions = missions
        self._calibrations = calibrations
        self._models = models
        self._reader = reader
        self._now_ms = now_ms

    def judge(self, task: JudgeTask, started_at: int) -> tuple[SubsystemResult, Sequence[ChannelSeries]]:
        """The result of a task that was begun at ``started_at`` (wall clock, ms), and the series that go before it.

        Raises:
            CannotJudge: the mission, the subsystem or the model is not known here, or the batch is too large.
            VictoriaUnavailable, ForecasterUnavailable, CalibrationsUnavailable: an engine cannot serve now; judge
                again later.
        """
        mission = self._mission(task)
        detector, chosen = self._detector(task)
        begin = time.perf_counter()
        try:
            aligned = self._reader.read(task, mission, detector)
        except TooMuch as error:
            raise CannotJudge(str(error)) from error
        read_s = time.perf_counter() - begin
        judgement = detector.judge(aligned.inputs, aligned.context)
        provenance = Provenance(
            models=dict(detector.models),
            calibration=detector.calibration.revision,
            mission_revision=mission.revision,
            input_hash=input_hash([*aligned.inputs, *aligned.context]),
            history_samples=aligned.history,
            history_required=detector.history_samples,
            code_version=code_version(),
            calibration_scope=chosen.scope,
        )
        timings = Timings(
            requested_at=task.requested_at,
            started_at=started_at,
            finished_at=self._now_ms(),
            read_s=read_s,
            forecast_s=judgement.forecast_s,
            score_s=judgement.score_s,
        )
        result = result_of(
            task,
            verdict=judgement.verdict,
            reason=_reason(task, mission, judgement, aligned, chosen),
            timings=timings,
            events=judgement.events,
            channels=judgement.channels,
            provenance=provenance,
            series=reference(judgement.series),
        )
        return result, judgement.series

    def _mission(self, task: JudgeTask) -> Mission:
        mission = self._missions.get(task.mission)
        if mission is None:
            raise CannotJudge(f"the mission {task.mission!r} is not known to the worker")
        if task.subsystem not in mission.subsystems:
            raise CannotJudge(f"the mission {task.mission!r} has no judged subsystem {task.subsystem!r}")
        if task.model is not None and task.model not in self._models.names:
            raise CannotJudge(f"no model {task.model!r}; there are {', '.join(self._models.names)}")
        return mission

    def _detector(self, task: JudgeTask) -> tuple[Detector, Chosen]:
        """The calibration in force, with the versions of the models that it was fitted with.

        Workers are told of another calibration before the versions of the former one cease to be served, so one that
        misses a version first hears what was said.
        """
        chosen = self._calibrations.choose(task.mission, task.satellite_id)
        forecasters = self._models.at(chosen.calibration.models, task.model)
        if self._models.missing(chosen.calibration.models, forecasters):
            self._calibrations.catch_up()
            chosen = self._calibrations.choose(task.mission, task.satellite_id)
            forecasters = self._models.at(chosen.calibration.models, task.model)
            self._models.wait_for(chosen.calibration.models, forecasters)
        return Detector(chosen.calibration, forecasters), chosen


def _reason(
    task: JudgeTask, mission: Mission, judgement: SubsystemJudgement, aligned: Aligned, chosen: Chosen
) -> str | None:
    """The detector's reason; if fewer records could be read than were stored, or another calibration had to do, that
    too."""
    said = [judgement.reason, chosen.problem]
    if aligned.records < distinct_times(task.completeness):
        said.append(
            f"only {aligned.records} of the {task.completeness.records} stored records have samples of this subsystem"
        )
    said += [_rejected(one) for one in task.completeness.rejected if _subsystem(mission, one.channel) == task.subsystem]
    said += [_repeated(task.completeness.repeated_times), _other_markers(task.completeness)]
    return "; ".join(filter(None, said)) or None


def _repeated(times: RepeatedTimes | None) -> str | None:
    if times is None:
        return None
    few = "record's time does" if times.count == 1 else "records' times do"
    return (
        f"the clock ran backwards: {times.count} {few} not follow those before, {iso(times.first_time)} to "
        f"{iso(times.last_time)}; where a time came twice, the first record is judged"
    )


def _other_markers(completeness: Completeness) -> str | None:
    if not completeness.other_markers:
        return None
    others = " and ".join(str(records) for records in completeness.other_markers)
    return f"markers contradict each other: {others} records, and {completeness.expected}, which holds"


def _subsystem(mission: Mission, channel: str) -> str | None:
    known = mission.channel(channel)
    return known.subsystem if known else None


def _rejected(samples: RejectedSamples) -> str:
    few = "sample was" if samples.count == 1 else "samples were"
    return f"{samples.count} {few} rejected ({samples.reason}), from record {samples.first} on: {samples.channel}"
