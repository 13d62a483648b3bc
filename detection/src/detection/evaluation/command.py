"""The evaluation command (``make evaluate DATA=<folder> OUT=<file.json>``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from detection.evaluation.dataset import DatasetError, Recording, load
from detection.evaluation.report import evaluation_report
from detection.evaluation.run import Outcome, Prediction, evaluate, outcome
from detection.tool import weights

app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="Folder in the format of the NASA SMAP/MSL set.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    models: Annotated[Path | None, typer.Option(help="Model repository, if not the one that came along.")] = None,
) -> None:
    """Fit on a folder's train arrays, judge its test arrays causally, and score the events where labels are there.

    Beside the JSON file an HTML report is written, with a picture per channel.

    Example: python -m detection.evaluation --data datasets/nasa-smap-msl --out evaluation.json
    """
    try:
        recordings = load(data)
        forecasters = weights.forecasters(weights.repository(models))
    except (DatasetError, weights.NoWeights) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    with Progress(console=console) as progress:
        task = progress.add_task("judging", total=len(recordings))
        found = evaluate(recordings, forecasters, lambda _: progress.advance(task))
    labelled = [recording for recording in recordings if recording.events is not None]
    outcomes = [outcome(method, labelled, predictions) for method, predictions in found.items()] if labelled else []
    try:
        write(out, found["passwatch"], outcomes)
        models_used = {forecaster.model: forecaster.version for forecaster in forecasters}
        report = out.with_suffix(".html")
        report.write_text(evaluation_report(data.resolve().name, recordings, found, outcomes, models_used), "utf-8")
    except OSError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from error
    if outcomes:
        _show(labelled, outcomes)
    events = sum(len(prediction.events) for prediction in found["passwatch"].values())
    console.print(f"{len(recordings)} channels, {events} events: {out} and {report.name}")


def write(out: Path, predictions: dict[str, Prediction], outcomes: list[Outcome]) -> None:
    """Write events and scores by channel, and the figures of every method."""
    content = {
        "predictions": {channel: [list(span) for span in p.events] for channel, p in predictions.items()},
        "scores": {
            channel: [None if np.isnan(s) else round(float(s), 4) for s in p.scores]
            for channel, p in predictions.items()
            if p.scores is not None
        },
        "outcomes": {o.method: {**_figures(o), "interval": [o.low, o.high]} for o in outcomes},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.encode(content))


def _figures(o: Outcome) -> dict[str, float | None]:
    return {
        "f05": o.counts.f05,
        "recall": o.counts.recall,
        "precision": o.counts.precision,
        "true_negative_rate": o.counts.true_negative_rate,
        "median_delay_samples": o.delay,
        "false_events_per_nominal_day": o.false_per_day,
    }


def _show(labelled: list[Recording], outcomes: list[Outcome]) -> None:
    columns = ("method", "F0.5", "95 %", "recall", "precision", "TNR", "delay", "false/day")
    events = sum(len(r.events or ()) for r in labelled)
    table = Table(*columns, title=f"{len(labelled)} channels, {events} labelled events")
    for o in outcomes:
        table.add_row(
            o.method,
            f"{o.counts.f05:.3f}",
            f"{o.low:.2f}–{o.high:.2f}",
            f"{o.counts.recall:.2f}",
            f"{o.counts.precision:.2f}",
            f"{o.counts.true_negative_rate:.3f}",
            "-" if o.delay is None else f"{o.delay:.0f}",
            f"{o.false_per_day:.3f}",
        )
    console.print(table)
