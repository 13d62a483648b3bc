"""The ablation command (``make ablation DATA=<folder>``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from detection.api import MODELS
from detection.evaluation.dataset import DatasetError, load
from detection.forecasters.onnx import load_forecasters
from training.ablation.run import Figures, forecasts, judge, scale

ROOT = Path(__file__).resolve().parents[3]
app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="Folder in the format of the NASA set, with labels.")] = ROOT
    / "datasets/nasa-smap-msl",
    models: Annotated[Path, typer.Option(help="Triton model repository.")] = ROOT / "triton-models/models",
    out: Annotated[Path, typer.Option(help="JSON to write.")] = ROOT / ".run/ablation.json",
    seeds: Annotated[int, typer.Option(min=1, help="Sets of random features.")] = 4,
    smallest_spread: Annotated[
        float, typer.Option(min=0.0, help="No channel's nominal spread is taken as less; 0.05 fits a range of 2.")
    ] = 0.05,
) -> None:
    """Compare the served models' forecasts with readouts that learned nothing beforehand, and with simple rules.

    All are frozen after the nominal part and judged by the same two decisions. The F0.5 shown is that of the factor
    that does best on these labels.

    Example: python -m training.ablation --data ../datasets/nasa-smap-msl --seeds 1
    """
    try:
        recordings = [scale(one, smallest_spread) for one in load(data) if one.events is not None]
    except DatasetError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    if not recordings:
        console.print(f"{data}: no channel is labelled, so there is nothing to compare", style="red", markup=False)
        raise typer.Exit(2)
    compared = list(forecasts(load_forecasters(models, MODELS), seeds))
    figures = [
        one
        for name, error_of in track(compared, description="judging", console=console)
        for one in judge(name, error_of, recordings)
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.encode([_content(one) for one in figures]))
    _show(figures)
    console.print(f"{len(recordings)} channels: {out}", markup=False)


def _content(figures: Figures) -> dict[str, object]:
    return {
        "forecast": figures.forecast,
        "decision": figures.decision,
        "average_precision": figures.average_precision,
        "by_factor": {
            str(factor): {"f05": c.f05, "found": c.found, "false": c.false, "missed": c.missed}
            for factor, c in figures.by_factor.items()
        },
    }


def _show(figures: list[Figures]) -> None:
    table = Table("forecast", "decision", "best F0.5", "found", "false", "missed", "factor", "AUC-PR")
    for one in figures:
        factor, c = one.best
        counts = (str(c.found), str(c.false), str(c.missed))
        table.add_row(
            one.forecast, one.decision, f"{c.f05:.3f}", *counts, f"{factor:g}", f"{one.average_precision:.3f}"
        )
    console.print(table)
