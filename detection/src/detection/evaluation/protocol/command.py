"""The protocol's command (``make evaluate-protocol DATA=<folder> OUT=<file.json>``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Printed

from detection.evaluation.dataset import DatasetError, load
from detection.evaluation.protocol import rules
from detection.evaluation.protocol.study import Study, study
from detection.evaluation.run import evidence
from detection.tool import weights

app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="Folder in the format of the NASA SMAP/MSL set, with labels.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    models: Annotated[Path | None, typer.Option(help="Model repository, if not the one that came along.")] = None,
) -> None:
    """Estimate what the detector is worth on spacecraft and channel families that its rules were not chosen with.

    Example: python -m detection.evaluation.protocol --data datasets/nasa-smap-msl --out protocol.json
    """
    try:
        recordings = [recording for recording in load(data) if recording.events is not None]
        forecasters = weights.forecasters(weights.repository(models))
    except (DatasetError, weights.NoWeights) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    with Progress(console=console) as progress:
        task = progress.add_task("judging", total=len(recordings))
        gathered = []
        for recording in recordings:
            gathered += rules.gather(recording, evidence(recording, forecasters))
            progress.advance(task)
        task = progress.add_task("rules", total=None)
        results = study(gathered, forecasters, lambda total: progress.update(task, total=total, advance=1))
    if results is None:
        said = "the protocol needs at least two labelled channels that are judged by votes, and a labelled event"
        console.print(f"{data}: {said}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    _show(results)
    console.print(f"{results['channels']} channels, {results['rules']} candidate rules: {out}")


def _show(results: Study) -> None:
    printed = Printed("", "F0.5", "95 %", "recall", "precision", "TNR", title="The rules, in sample and out of it")
    rows = {"shipped": results["shipped"], "best in sample": results["best in sample"]}
    rows |= results["nested"] | results["ablation"] | results["by spacecraft"]
    for name, row in rows.items():
        bounds = "–".join(f"{bound:.2f}" for bound in row.get("interval", []))
        figures = (row["f05"], row["recall"], row["precision"], row["true_negative_rate"])
        printed.add_row(name, f"{figures[0]:.3f}", bounds, *(f"{figure:.3f}" for figure in figures[1:]))
    console.print(printed)
    console.print(f"best in sample: {results['best in sample']['rule']}", markup=False)
    for name, gap in results["gap"].items():
        console.print(f"gap to the best in sample, {name}: {gap:.3f}", markup=False)
