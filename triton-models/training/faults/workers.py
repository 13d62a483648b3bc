"""Judging in several processes, each with a detector of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from detection.api import MODELS, Detector, load_calibration
from detection.forecasters.onnx import load_forecasters
from passwatch.mission import Mission, load_mission
from training.faults.judging import FaultOutcome, NominalOutcome, judge_fault, judge_nominal
from training.faults.loss import Loss
from training.faults.plan import PlannedFault, Split


@dataclass(frozen=True, slots=True)
class Setup:
    """What every process needs: the folders of missions and models, the reference sigmas, and what is lost."""

    missions: Path
    models: Path
    sigma: dict[str, float]
    loss: Loss

    def mission(self) -> Mission:
        """The mission that the plan is for."""
        return load_mission(self.missions / "default.json")

    def detector(self) -> Detector:
        """The detector with the shipped calibration and models."""
        calibration = load_calibration(self.missions / "calibration" / "default.json")
        return Detector(calibration, load_forecasters(self.models, MODELS))


_own: dict[str, tuple[Setup, Mission, Detector]] = {}


def judge_all(
    setup: Setup, faults: Sequence[PlannedFault], split: Split, satellites: int, workers: int
) -> Iterator[FaultOutcome | NominalOutcome]:
    """Every fault and every nominal satellite judged, in the order in which they are done."""
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (setup,)) as pool:
        waiting = [pool.submit(_fault, fault) for fault in faults]
        waiting += [pool.submit(_nominal, split, place) for place in range(satellites)]
        for done in as_completed(waiting):
            yield done.result()


def _begin(setup: Setup) -> None:
    _own["process"] = setup, setup.mission(), setup.detector()


def _fault(fault: PlannedFault) -> FaultOutcome | NominalOutcome:
    setup, mission, detector = _own["process"]
    return judge_fault(detector, mission, fault, setup.sigma, setup.loss)


def _nominal(split: Split, place: int) -> FaultOutcome | NominalOutcome:
    setup, mission, detector = _own["process"]
    return judge_nominal(detector, mission, split, place, setup.loss)
