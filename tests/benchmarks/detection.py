"""What judging costs: a batch from forecasts to events in process, and windows per second on Triton and in process.

``python -m tests.benchmarks.detection`` starts a Triton of its own. Both forecasters are given the very windows that
judging a simulated batch of 1,080 records × 33 channels asks for, call by call and by turns, so that whatever else the
machine does meets both alike.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from batch_simulator.generate import generate
from detection.api import MODELS, ChannelInput, Detector, Forecaster, load_calibration
from detection.forecasters.onnx import load_forecasters
from detection.forecasters.triton import TritonForecaster
from passwatch.mission import Mission, load_mission
from passwatch_native.engines import triton
from passwatch_native.program import Program
from passwatch_native.stack import Stack, free_port_base

ROOT = Path(__file__).resolve().parents[2]
RECORDS = 1080
START_MS = 1_775_000_010_000
GOAL_CPU_S = 1.5
GOAL_RATIO = 0.85
terminal = Console(stderr=True)

Windows = NDArray[np.float32]


class TritonAlone(Stack):
    """A stack that consists of Triton."""

    def programs(self, parts: Sequence[str] = ()) -> list[Program]:  # noqa: ARG002 - the same whatever is asked for
        """Triton."""
        return [triton.program(self.layout)]


@contextmanager
def triton_url(given: str | None) -> Iterator[str]:
    """Where Triton listens: the given one, or one of its own that is stopped at the end."""
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as own:
        stack = TritonAlone(Path(own), free_port_base())
        try:
            stack.up("engines")
            yield stack.env["PASSWATCH_TRITON_URL"]
        finally:
            stack.down()


class Listening:
    """A forecaster that keeps the windows that it is asked for."""

    def __init__(self, forecaster: Forecaster) -> None:
        self._forecaster = forecaster
        self.model, self.version = forecaster.model, forecaster.version
        self.asked: list[Windows] = []

    def forecast(self, windows: Windows) -> Windows:
        """As the forecaster."""
        self.asked.append(windows)
        return self._forecaster.forecast(windows)


def subsystems(mission: Mission, history: int) -> list[list[ChannelInput]]:
    """A nominal batch with the history that the detector declares, by subsystem."""
    telemetry = generate(mission, "BENCH-1", START_MS, history + RECORDS, mission.content.cadence_s, 4711)
    return [
        [
            ChannelInput(
                c.name,
                c.unit,
                telemetry.timestamps,
                telemetry.channels[c.name],
                history,
                RECORDS,
                c.limits,
                c.resolution,
            )
            for c in mission.channels
            if c.subsystem == subsystem and c.role == "judged"
        ]
        for subsystem in mission.subsystems
    ]


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """How long some work takes."""
    begin = clock()
    work()
    return clock() - begin


def main(
    rounds: Annotated[int, typer.Option(min=3, help="measurements of each; the median counts")] = 9,
    url: Annotated[str | None, typer.Option(help="host:port of a running Triton; default: one of its own")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Measure the CPU that a batch takes in process, and windows per second through Triton beside in process.

    Example: python -m tests.benchmarks.detection --rounds 15 --json
    """
    mission = load_mission(ROOT / "missions/default.json")
    local = [Listening(one) for one in load_forecasters(ROOT / "triton-models/models", MODELS)]
    detector = Detector(load_calibration(ROOT / "missions/calibration/default.json"), local)
    batch = subsystems(mission, detector.history_samples)

    def judge() -> None:
        for channels in batch:
            detector.judge(channels, [other for others in batch if others is not channels for other in others])

    judge()
    asked = {one.model: list(one.asked) for one in local}
    cpu = [seconds(judge, time.process_time) for _ in track(range(rounds), "judging a batch", console=terminal)]
    windows = sum(len(part) for parts in asked.values() for part in parts)
    with triton_url(url) as address:
        served = [TritonForecaster(address, model) for model in MODELS]
        versions = {one.model: one.version for one in served}
        if versions != detector.calibration.models:
            terminal.print(f"[yellow]Triton serves {versions}, but the calibration knows {detector.calibration.models}")

        def forecast(forecasters: Sequence[Forecaster]) -> None:
            for one in forecasters:
                for part in asked[one.model]:
                    one.forecast(part)

        forecast(served)
        by_turns = [
            (seconds(lambda: forecast(local), time.perf_counter), seconds(lambda: forecast(served), time.perf_counter))
            for _ in track(range(rounds), "forecasting by turns", console=terminal)
        ]
    figures = {
        "records": RECORDS,
        "channels": sum(map(len, batch)),
        "windows": windows,
        "rounds": rounds,
        "judge_cpu_s": {
            "median": round(statistics.median(cpu), 3),
            "min": round(min(cpu), 3),
            "max": round(max(cpu), 3),
        },
        "windows_per_s": {
            "in_process": round(windows / statistics.median(own for own, _ in by_turns)),
            "triton": round(windows / statistics.median(through for _, through in by_turns)),
        },
        "triton_to_in_process": round(statistics.median(own / through for own, through in by_turns), 3),
        "goals": {"judge_cpu_s": GOAL_CPU_S, "triton_to_in_process": GOAL_RATIO},
    }
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    rate = figures["windows_per_s"]
    terminal.print(f"{RECORDS} records × {figures['channels']} channels, {windows} windows, median of {rounds}")
    terminal.print(f"  judged in process: {statistics.median(cpu):.2f} s of CPU (goal: at most {GOAL_CPU_S} s)")
    terminal.print(f"  forecasts: {rate} windows/s")
    terminal.print(f"  Triton to in process: {figures['triton_to_in_process']} (goal: at least {GOAL_RATIO})")


if __name__ == "__main__":
    typer.run(main)
