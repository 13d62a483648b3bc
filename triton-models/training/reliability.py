"""Checks a shipped calibration's confidences on nominal satellites that it was not fitted on (``make reliability``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from batch_simulator.generate import generate
from detection.api import MODELS, Calibration, ChannelInput, Detector, load_calibration
from detection.confidence import confidence
from detection.evaluation.reliability import deviation, reliability, report
from detection.forecasters.onnx import load_forecasters
from detection.types import Floats, Forecaster
from passwatch.mission import Mission, load_mission

ROOT = Path(__file__).resolve().parents[2]
START_MS = 1_754_006_400_000
"""2025-08-01: held-out telemetry begins on other days than the calibration's."""
DAY_MS = 86_400_000
FIRST_SEED = 91_001
app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command()
def main(
    mission: Annotated[Path, typer.Option(help="Mission file.")] = ROOT / "missions/default.json",
    calibration: Annotated[Path | None, typer.Option(help="Its calibration; default: the shipped one.")] = None,
    models: Annotated[Path, typer.Option(help="Triton model repository.")] = ROOT / "triton-models/models",
    satellites: Annotated[int, typer.Option(min=1, help="Simulated satellites.")] = 20,
    days: Annotated[float, typer.Option(min=0.1, help="Days of each.")] = 2.0,
    out: Annotated[Path, typer.Option(help="HTML to write; figures go beside it as JSON.")] = ROOT
    / ".run/reliability.html",
) -> None:
    """Count how often held-out nominal telemetry exceeds each confidence, and draw it.

    Example: python -m training.reliability --satellites 40 --out reliability.html
    """
    flown = load_mission(mission)
    fitted = load_calibration(calibration or mission.parent / "calibration" / mission.name)
    if not any(channel.scores for channel in fitted.channels.values()):
        console.print("the calibration knows no nominal scores; fit a new one with make calibrate", style="red")
        raise typer.Exit(2)
    found = confidences(flown, fitted, load_forecasters(models, MODELS), satellites, days)
    levels = reliability(found)
    what = f"{satellites} nominal satellites of {days:g} days each, simulated with other ids, seeds and days"
    revision = f"{flown.id}, calibration {fitted.revision}, fitted on {fitted.source}"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(report(levels, what, revision), encoding="utf-8")
    figures = {"calibration": fitted.revision, "deviation": deviation(levels), "levels": levels}
    out.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    table = Table("confidence", "should be exceeded by", "was exceeded by", "factor", title=what)
    for one in levels:
        table.add_row(f"{1 - one.rarity:.6g}", f"{one.rarity:g}", f"{one.observed:.3g}", f"{one.factor:.2f}")
    console.print(table)
    console.print(f"off by a factor of {deviation(levels):.2f} at most: {out}")


def confidences(
    mission: Mission, fitted: Calibration, forecasters: Sequence[Forecaster], satellites: int, days: float
) -> dict[str, Floats]:
    """The confidence of every sample of so many nominal satellites, by channel."""
    detector = Detector(fitted, forecasters)
    count = round(days * DAY_MS / mission.cadence_ms)
    found: dict[str, list[Floats]] = defaultdict(list)
    for number in track(range(satellites), "judging nominal satellites", console=console):
        start = START_MS + number * 11 * DAY_MS
        satellite = f"HELD-OUT-{number:03d}"
        telemetry = generate(mission, satellite, start, count, mission.content.cadence_s, FIRST_SEED + number)
        inputs = [
            ChannelInput(
                channel.name,
                channel.unit,
                telemetry.timestamps,
                telemetry.channels[channel.name],
                0,
                count,
                resolution=channel.resolution,
            )
            for channel in mission.channels
            if channel.role == "judged"
        ]
        for judged in detector.evidence(inputs)[0]:
            known = judged.calibration.scores if judged.calibration else None
            if known is not None:
                found[judged.channel.name].append(confidence(judged.scores, known))
    return {name: np.concatenate(parts) for name, parts in found.items()}


if __name__ == "__main__":
    app()
