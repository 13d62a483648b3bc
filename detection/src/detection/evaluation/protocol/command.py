"""The protocol's command (``make evaluate-protocol DATA=<folder> OUT=<file.json>``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Printed

from detection import consensus
from detection.evaluation.dataset import DatasetError, Recording, load
from detection.evaluation.metric import Counts, interval
from detection.evaluation.protocol import rules
from detection.evaluation.run import evidence
from detection.tool import weights
from detection.types import Forecaster

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
    if not recordings:
        console.print(f"{data}: no labelled channel; the protocol needs labels.csv", style="red", markup=False)
        raise typer.Exit(2)
    shipped, table = _judge(recordings, forecasters)
    results = _results(recordings, shipped, table)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    _show(results)
    console.print(f"{len(recordings)} channels, {len(table)} candidate rules: {out}")


def _judge(recordings: list[Recording], forecasters: list[Forecaster]) -> tuple[rules.Candidate, rules.Table]:
    """The shipped rule, and all candidates' counts."""
    gathered = []
    with Progress(console=console) as progress:
        task = progress.add_task("judging", total=len(recordings))
        for recording in recordings:
            found = evidence(recording, forecasters)
            gathered.append(rules.gather(recording, found))
            progress.advance(task)
        members = list(gathered[0].votes)
        menu = rules.candidates(members, [*(forecaster.model for forecaster in forecasters), "autoregression"])
        task = progress.add_task("rules", total=len(menu))
        table = rules.tabulate(gathered, menu, lambda: progress.advance(task))
    return rules.Candidate(tuple(members), consensus.QUORUM), table


def _results(recordings: list[Recording], shipped: rules.Candidate, table: rules.Table) -> dict[str, Any]:
    channels = [recording.channel for recording in recordings]
    winner = rules.best(table, channels)
    groups = {
        "spacecraft left out": {recording.channel: recording.spacecraft for recording in recordings},
        "family left out": {channel: rules.family(channel) for channel in channels},
        "channel left out": {channel: channel for channel in channels},
    }
    estimates = {}
    for name, group in groups.items():
        if len(set(group.values())) > 1:
            estimate = rules.nested(table, group)
            estimates[name] = _figures(estimate.counts, (estimate.low, estimate.high)) | {"chosen": estimate.chosen}
    best = rules.pooled(table[winner], channels)
    return {
        "shipped": {"rule": shipped.name, **_pooled(table, shipped)},
        "best in sample": {"rule": winner.name, **_pooled(table, winner)},
        "nested": estimates,
        "gap": {name: round(best.f05 - estimate["f05"], 4) for name, estimate in estimates.items()},
        "ablation": {f"without {left}": _pooled(table, _without(table, shipped, left)) for left in shipped.members},
        "by spacecraft": {
            craft: _figures(
                rules.pooled(table[shipped], [r.channel for r in recordings if r.spacecraft == craft]), None
            )
            for craft in sorted({recording.spacecraft for recording in recordings})
        },
    }


def _without(table: rules.Table, shipped: rules.Candidate, left: str) -> rules.Candidate:
    """The rule without one member, at the quorum that suits it best: fewer votes need a smaller one."""
    members = tuple(member for member in shipped.members if member != left)
    rest = {rule: counts for rule, counts in table.items() if rule.members == members and not rule.alone}
    return rules.best(rest, list(table[shipped]))


def _pooled(table: rules.Table, rule: rules.Candidate) -> dict[str, Any]:
    counts = table[rule]
    return _figures(rules.pooled(counts, counts), interval(list(counts.values())))


def _figures(counts: Counts, bounds: tuple[float, float] | None) -> dict[str, Any]:
    figures = {
        "f05": round(counts.f05, 4),
        "recall": round(counts.recall, 4),
        "precision": round(counts.precision, 4),
        "true_negative_rate": round(counts.true_negative_rate, 4),
    }
    return figures | ({} if bounds is None else {"interval": [float(np.round(bound, 4)) for bound in bounds]})


def _show(results: dict[str, Any]) -> None:
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
