"""One task: read, judge, and say what was found and by what."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from analysis_worker.align import Aligned, input_hash
from analysis_worker.code_version import code_version
from analysis_worker.read import SamplesReader
from analysis_worker.result import result_of
from detection.api import Calibration, Detector, Forecaster, SubsystemJudgement, empty_calibration, load_calibration
from passwatch.contracts import JudgeTask, Provenance, SubsystemResult, Timings
from passwatch.mission import Mission


class CannotJudge(Exception):
    """A task that asks for something that is not there; the message says what. Trying again will not help."""


class Judge:
    """Judges tasks of all missions, with calibrations and forecasters that are loaded once."""

    def __init__(
        self,
        missions: Mapping[str, Mission],
        calibrations: Mapping[str, Calibration],
        forecasters: Sequence[Forecaster],
        reader: SamplesReader,
        now_ms: Callable[[], int],
    ) -> None:
        self._missions = missions
        self._forecasters = list(forecasters)
        self._detectors = {mission: Detector(c, self._forecasters) for mission, c in calibrations.items()}
        self._reader = reader
        self._now_ms = now_ms

    def judge(self, task: JudgeTask, started_at: int) -> SubsystemResult:
        """The result of a task that was begun at ``started_at`` (wall clock, ms).

        Raises:
            CannotJudge: the mission, the subsystem or the model is not known here.
            VictoriaUnavailable, ForecasterUnavailable: an engine cannot serve now; judge again later.
        """
        mission, detector = self._prepare(task)
        begin = time.perf_counter()
        aligned = self._reader.read(task, mission, detector.history_samples)
        read_s = time.perf_counter() - begin
        judgement = detector.judge(aligned.inputs)
        provenance = Provenance(
            models=dict(detector.models),
            calibration=detector.calibration.revision,
            mission_revision=mission.revision,
            input_hash=input_hash(aligned.inputs),
            history_samples=aligned.history,
            history_required=detector.history_samples,
            code_version=code_version(),
        )
        timings = Timings(
            requested_at=task.requested_at,
            started_at=started_at,
            finished_at=self._now_ms(),
            read_s=read_s,
            forecast_s=judgement.forecast_s,
            score_s=judgement.score_s,
        )
        return result_of(
            task,
            verdict=judgement.verdict,
            reason=_reason(task, judgement, aligned),
            timings=timings,
            events=judgement.events,
            channels=judgement.channels,
            provenance=provenance,
        )

    def _prepare(self, task: JudgeTask) -> tuple[Mission, Detector]:
        mission = self._missions.get(task.mission)
        if mission is None:
            raise CannotJudge(f"the mission {task.mission!r} is not known to the worker")
        if task.subsystem not in mission.subsystems:
            raise CannotJudge(f"the mission {task.mission!r} has no judged subsystem {task.subsystem!r}")
        detector = self._detectors[task.mission]
        if task.model is None:
            return mission, detector
        chosen = [f for f in self._forecasters if f.model == task.model]
        if not chosen:
            known = ", ".join(f.model for f in self._forecasters)
            raise CannotJudge(f"no model {task.model!r}; there are {known}")
        return mission, Detector(detector.calibration, chosen)


def load_calibrations(missions: Mapping[str, Mission], folder: Path) -> dict[str, Calibration]:
    """The shipped calibration of each mission (``<folder>/<mission>.json``); an empty one where none is shipped.

    Raises:
        detection.api.CalibrationError: a file cannot be used.
    """
    found: dict[str, Calibration] = {}
    for mission in missions.values():
        path = folder / f"{mission.id}.json"
        found[mission.id] = (
            load_calibration(path) if path.exists() else empty_calibration(mission.id, mission.cadence_ms)
        )
    return found


def _reason(task: JudgeTask, judgement: SubsystemJudgement, aligned: Aligned) -> str | None:
    """The detector's reason, and if fewer records could be read than were stored, that too."""
    if aligned.records >= task.completeness.records:
        return judgement.reason
    short = f"only {aligned.records} of the {task.completeness.records} stored records have samples of this subsystem"
    return f"{judgement.reason}; {short}" if judgement.reason else short
