"""The command for labelled segments (``make evaluate-segments DATA=<folder> OUT=<file.json>``)."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from detection.evaluation.dataset import DatasetError
from detection.evaluation.segments.convert import convert
from detection.evaluation.segments.dataset import Segment, load
from detection.evaluation.segments.ranking import Ranking, macro, rank
from detection.evaluation.segments.run import THRESHOLD, groups, score
from detection.tool import weights

app = typer.Typer(add_completion=False, no_args_is_help=True)
console = Console(stderr=True)


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option(help="Folder with segments.npz.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    models: Annotated[Path | None, typer.Option(help="Model repository, if not the one that came along.")] = None,
) -> None:
    """Fit on the nominal training segments of each channel, judge the other segments, and rank them.

    Writes {"scores": {"<segment>": score}, "threshold": threshold}. With labels it prints how well the scores rank
    the segments; without, the scores are all there is. Exit code 2: the data cannot be used.

    Example: python -m detection.evaluation.segments evaluate --data segments --out scores.json
    """
    try:
        segments = load(data)
        forecasters = weights.forecasters(weights.repository(models))
    except (DatasetError, weights.NoWeights) as error:
        _fail(str(error))
    with Progress(console=console) as progress:
        task = progress.add_task("judging", total=len(groups(segments)))
        scores, unfitted = score(segments, forecasters, lambda _: progress.advance(task))
    for channel, sampling in unfitted:
        console.print(f"{channel} at {sampling} s: no nominal segment to fit on; its segments score 0", style="yellow")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        content = {"scores": {str(number): value for number, value in scores.items()}, "threshold": THRESHOLD}
        out.write_bytes(msgspec.json.encode(content))
    except OSError as error:
        _fail(str(error))
    judged = [segment for segment in segments if not segment.train]
    if any(segment.anomaly is not None for segment in judged):
        _show(judged, scores)
    console.print(f"{len(judged)} segments: {out}", markup=False)


@app.command("convert")
def convert_command(
    source: Annotated[Path, typer.Option(help="Folder with OPS-SAT-AD's segments.csv.")],
    target: Annotated[Path, typer.Option(help="Folder to write segments.npz in.")],
) -> None:
    """Make segments.npz of OPS-SAT-AD's official files (doi 10.5281/zenodo.12588359; credit ESA and the authors).

    Example: python -m detection.evaluation.segments convert --source downloads --target segments
    """
    try:
        count = convert(source, target)
    except (DatasetError, OSError) as error:
        _fail(str(error))
    console.print(f"{count} segments: {target}/segments.npz", markup=False)


def _fail(message: str) -> NoReturn:
    console.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(2)


def _show(judged: list[Segment], scores: dict[int, float]) -> None:
    table = Table("", "segments", "anomalous", "AUC-PR", "AUC-ROC", "F1", "precision", "recall")
    by_channel: dict[str, list[Segment]] = {}
    for segment in judged:
        by_channel.setdefault(segment.channel, []).append(segment)
    found = {channel: _rank(members, scores) for channel, members in by_channel.items()}
    for channel, ranking in found.items():
        _row(table, channel, by_channel[channel], ranking)
    table.add_section()
    _row(table, "mean over channels", judged, macro(list(found.values())))
    _row(table, "all segments", judged, _rank(judged, scores))
    console.print(table)


def _rank(segments: list[Segment], scores: dict[int, float]) -> Ranking:
    anomalous = np.array([bool(segment.anomaly) for segment in segments])
    return rank(np.array([scores[segment.number] for segment in segments]), anomalous, THRESHOLD)


def _row(table: Table, name: str, segments: list[Segment], ranking: Ranking) -> None:
    figures = ("-" if np.isnan(figure) else f"{figure:.3f}" for figure in astuple(ranking))
    table.add_row(name, str(len(segments)), str(sum(bool(s.anomaly) for s in segments)), *figures)
