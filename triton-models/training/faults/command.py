"""The commands: draw the plan, and judge it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from passwatch.mission import load_mission
from training.faults.draw import COUNTS, DRAWN, draw
from training.faults.figures import Figures, Recall, figures
from training.faults.histogram import histogram
from training.faults.judging import NOMINAL_DAYS, FaultOutcome
from training.faults.loss import Loss
from training.faults.plan import Plan, Split, load_plan, save_plan
from training.faults.workers import Setup, judge_all

ROOT = Path(__file__).resolve().parents[3]
PLANS = ROOT / "datasets/simulated-faults"
PLAN_OF: dict[Split, str] = {split: name for name, (_, splits) in DRAWN.items() for split in splits}
app = typer.Typer(add_completion=False)
console = Console(stderr=True)
out_console = Console()


@app.command("plan")
def plan_command(
    name: Annotated[str, typer.Argument(help=f"Which one: {' or '.join(DRAWN)}.")],
    out: Annotated[Path, typer.Option(help="Folder to write it to.")] = PLANS,
    missions: Annotated[Path, typer.Option(help="Folder of mission files.")] = ROOT / "missions",
) -> None:
    """Draw a fault plan. The committed ones are what this gives, and are not drawn again.

    Example: python -m training.faults plan blind --out /tmp
    """
    if name not in DRAWN:
        raise typer.BadParameter(f"there is no plan {name!r}; there are {', '.join(DRAWN)}")
    file = out / f"{name}.json"
    with Progress(console=console) as progress:
        task = progress.add_task("faults", total=len(DRAWN[name][1]) * sum(COUNTS.values()))
        for found in draw(load_mission(missions / "default.json"), name):
            if isinstance(found, Plan):
                save_plan(found, file)
            progress.advance(task)
    console.print(f"wrote {file}")


@app.command("judge")
def judge_command(
    out: Annotated[Path, typer.Option(help="JSON to write; a histogram of the faults goes beside it.")],
    split: Annotated[Split, typer.Option(help="Part of the plans: tune and test may be looked at, blind may not.")],
    plans: Annotated[Path, typer.Option(help="Folder of the fault plans.")] = PLANS,
    missions: Annotated[Path, typer.Option(help="Folder of mission files and calibrations.")] = ROOT / "missions",
    models: Annotated[Path, typer.Option(help="Triton model repository.")] = ROOT / "triton-models/models",
    nominal_days: Annotated[int, typer.Option(help="Nominal satellite-days to count nuisance events in.")] = 104,
    lost: Annotated[float, typer.Option(help="Share of the records that never arrive.", min=0.0, max=0.9)] = 0.0,
    lost_run: Annotated[int, typer.Option(help="How many are lost in a row, each time.", min=1)] = 1,
    every: Annotated[int, typer.Option(help="Judge only every so manieth fault, for a quick look.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes to judge in.")] = 2,
) -> None:
    """Judge the plan's faults and nominal satellites with the shipped calibration and models.

    Example: python -m training.faults judge --split tune --out /tmp/faults.json
    Example: python -m training.faults judge --split test --lost 0.1 --lost-run 3 --out /tmp/lossy.json
    """
    whole = load_plan(plans / f"{PLAN_OF[split]}.json")
    setup = Setup(missions, models, whole.sigma, Loss(lost, lost_run))
    detector = setup.detector()
    chosen = [fault for fault in whole.faults if fault.split == split][::every]
    satellites = -(-nominal_days // NOMINAL_DAYS)
    faults, nominal = [], []
    with Progress(console=console) as progress:
        task = progress.add_task("judging", total=len(chosen) + satellites)
        for one in judge_all(setup, chosen, split, satellites, workers):
            if isinstance(one, FaultOutcome):
                faults.append(one)
            else:
                nominal.append(one)
            progress.advance(task)
    faults.sort(key=lambda one: one.id)
    nominal.sort(key=lambda one: one.satellite)
    calibration = detector.calibration
    found = figures(split, calibration.revision, dict(detector.models), faults, nominal)
    out.parent.mkdir(parents=True, exist_ok=True)
    content = {"figures": found, "faults": faults, "nominal": nominal}
    out.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))
    out.with_suffix(".svg").write_text(histogram(chosen), encoding="utf-8")
    _show(found)
    console.print(f"wrote {out} and {out.with_suffix('.svg')}")


def _show(found: Figures) -> None:
    table = Table("faults", "number", "found", "recall", "95 %", "median delay", title=f"{found.faults} {found.split}")
    for line in found.strata:
        table.add_row(*_cells(line))
    for line in found.kinds:
        table.add_row(*_cells(line, "  of 6 sigma: "))
    out_console.print(table)
    out_console.print(
        f"{found.nuisance_events} nuisance events in {found.satellite_days:g} nominal satellite-days: "
        f"{found.nuisance_per_10_days:.2f} per 10"
    )
    columns = ("member", "6 sigma without", "3 sigma without", "nuisance without", "6 sigma alone", "3 sigma alone")
    table = Table(*columns, "nuisance alone")
    for one in found.ablation:
        recalls = [f"{one.without_6 or 0:.3f}", f"{one.without_3 or 0:.3f}", f"{one.nuisance_without:.2f}"]
        alone = [f"{one.alone_6 or 0:.3f}", f"{one.alone_3 or 0:.3f}", f"{one.nuisance_alone:.2f}"]
        table.add_row(one.member, *recalls, *alone)
    out_console.print(table)


def _cells(line: Recall, prefix: str = "") -> list[str]:
    if line.recall is None or line.low is None or line.high is None:
        return [prefix + line.stratum, "0", "0", "-", "-", "-"]
    delay = "-" if line.delay is None else f"{line.delay:g}"
    interval = f"{line.low:.2f}..{line.high:.2f}"
    return [prefix + line.stratum, str(line.faults), str(line.found), f"{line.recall:.3f}", interval, delay]
