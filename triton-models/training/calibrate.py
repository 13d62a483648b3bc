"""Fits the calibrations that are shipped with the missions (``make calibrate``); needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.status import Status

from batch_simulator.generate import generate
from detection.api import MODELS
from detection.calibration import save_calibration
from detection.fit import Fleet, Nominal, fit_calibration
from detection.forecasters.onnx import load_forecasters
from detection.series import Series, gapless
from passwatch.mission import Mission, load_missions

ROOT = Path(__file__).resolve().parents[2]
START_MS = 1_751_328_000_000
"""2025-07-01: the day on which simulated calibration telemetry begins."""
DAY_MS = 86_400_000
app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command()
def main(
    missions: Annotated[Path, typer.Option(help="Folder of mission files.")] = ROOT / "missions",
    models: Annotated[Path, typer.Option(help="Triton model repository.")] = ROOT / "triton-models/models",
    recorded: Annotated[Path, typer.Option(help="Folder of the NASA set.")] = ROOT / "datasets/nasa-smap-msl",
    satellites: Annotated[int, typer.Option(help="Simulated satellites of a mission.")] = 120,
    days: Annotated[float, typer.Option(help="Days of each.")] = 2.0,
    seed: Annotated[int, typer.Option(help="Seed of the sensors' noise.")] = 7001,
) -> None:
    """Fit each mission's calibration on nominal telemetry and write it to calibration/ beside the mission files.

    Example: python -m training.calibrate --satellites 10
    """
    forecasters = load_forecasters(models, MODELS)
    for mission in load_missions(missions).values():
        if mission.channels:
            fleets = [simulated(mission, satellites, days, seed)]
            source = f"batch-simulator: {satellites} nominal satellites, {days:g} days each, seeds from {seed}"
        else:
            fleets = from_recordings(mission, recorded)
            source = "NASA SMAP/MSL train arrays"
        with console.status(mission.id) as status:

            def report(part: str, mission: Mission = mission, status: Status = status) -> None:
                status.update(f"{mission.id}: fitting the {part}")

            fitted = fit_calibration(
                mission.id,
                mission.cadence_ms,
                source,
                fleets,
                forecasters,
                report,
            )
        save_calibration(fitted, missions / "calibration" / f"{mission.id}.json")
        console.print(f"{mission.id}: {len(fitted.channels)} channels, revision {fitted.revision}")


def simulated(mission: Mission, satellites: int, days: float, seed: int) -> Fleet:
    """The telemetry of so many nominal satellites, each at its own time of the year."""
    count = round(days * DAY_MS / mission.cadence_ms)
    flown = []
    for number in range(satellites):
        start = START_MS + number * 6 * DAY_MS
        satellite = f"CALIBRATION-{number:03d}"
        flown.append(generate(mission, satellite, start, count, mission.content.cadence_s, seed + number))
    return {
        subsystem: {
            channel.name: Nominal(
                [_series(t.timestamps, t.channels[channel.name], mission.cadence_ms) for t in flown],
                channel.resolution,
            )
            for channel in mission.channels
            if channel.subsystem == subsystem and channel.role == "judged"
        }
        for subsystem in mission.subsystems
    }


def from_recordings(mission: Mission, folder: Path) -> list[Fleet]:
    """The train array of each recorded channel by itself; it has no timestamps, so they are counted from zero."""
    fleets: list[Fleet] = []
    with np.load(folder / "smap_msl.npz") as arrays:
        names = sorted(key.split("|")[0] for key in arrays.files if key.endswith("|train|value"))
        for name in names:
            values = arrays[f"{name}|train|value"].astype(np.float64)
            times = np.arange(len(values), dtype=np.int64) * mission.cadence_ms
            fleets.append({name: {name: Nominal([_series(times, values, mission.cadence_ms)])}})
    return fleets


def _series(times: np.ndarray, values: np.ndarray, cadence_ms: int) -> Series:
    return Series(times, values, gapless(times, cadence_ms), 0)


if __name__ == "__main__":
    app()
