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
from detection.evaluation.protocol import rules
from detection.evaluation.protocol.study import Study, study
from detection.evaluation.report import evaluation_report
from detection.evaluation.run import Evidence, Outcome, Prediction, evaluate, outcome
from detection.tool import weights
from detection.types import Forecaster

app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="Folder in the format of the NASA SMAP/MSL set.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    models: Annotated[Path | None, typer.Option(help="Model repository, if not the one that came along.")] = None,
) -> None:
    """Fit on a folder's train arrays, judge its test arrays causally, and score the events where labels are there.

    Beside the JSON file an HTML report is written, with a picture per channel. With labels both tell as well how much
    of F0.5 is owed to choosing the rule on them, by leaving out spacecraft, channel families and channels.

    Example: python -m detection.evaluation --data datasets/nasa-smap-msl --out evaluation.json
    """
    try:
        recordings = load(data)
        forecasters = weights.forecasters(weights.repository(models))
    except (DatasetError, weights.NoWeights) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    found, protocol = _judge(recordings, forecasters)
    labelled = [recording for recording in recordings if recording.events is not None]
    outcomes = [outcome(method, labelled, predictions) for method, predictions in found.items()] if labelled else []
    try:
        write(out, found["passwatch"], outcomes, protocol)
        models_used = {forecaster.model: forecaster.version for forecaster in forecasters}
        report = out.with_suffix(".html")
        page = evaluation_report(data.resolve().name, recordings, found, outcomes, models_used, protocol)
        report.write_text(page, "utf-8")
    except OSError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from error
    if outcomes:
        _show(labelled, outcomes)
    if protocol is not None:
        said = ", ".join(f"{name} {gap:.3f}" for name, gap in protocol["gap"].items())
        console.print(f"F0.5 owed to choosing the rule on these labels: {said}", markup=False)
    events = sum(len(prediction.events) for prediction in found["passwatch"].values())
    console.print(f"{len(recordings)} channels, {events} events: {out} and {report.name}")


def _judge(
    recordings: list[Recording], forecasters: list[Forecaster]
) -> tuple[dict[str, dict[str, Prediction]], Study | None]:
    """Predictions by method and channel, and what the labels' part in choosing the rule is worth."""
    gathered: list[rules.Evidence] = []
    with Progress(console=console) as progress:
        task = progress.add_task("judging", total=len(recordings))

        def keep(recording: Recording, evidence: Evidence) -> None:
            if recording.events is not None:
                gathered.extend(rules.gather(recording, evidence))
            progress.advance(task)

        found = evaluate(recordings, forecasters, keep)
        choosing = progress.add_task("rules", total=None, visible=bool(gathered))
        protocol = study(gathered, forecasters, lambda total: progress.update(choosing, total=total, advance=1))
        progress.update(choosing, visible=protocol is not None)
    return found, protocol


def write(out: Path, predictions: dict[str, Prediction], outcomes: list[Outcome], protocol: Study | None) -> None:
    """Write events and scores by channel, the figures of every method, and the protocol's if there are any."""
    content = {
        "predictions": {channel: [list(span) for span in p.events] for channel, p in predictions.items()},
        "scores": {
            channel: [None if np.isnan(s) else round(float(s), 4) for s in p.scores]
            for channel, p in predictions.items()
            if p.scores is not None
        },
        "outcomes": {o.method: {**_figures(o), "interval": [o.low, o.high]} for o in outcomes},
        **({} if protocol is None else {"protocol": protocol}),
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
