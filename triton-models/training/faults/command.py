"""The commands: draw the plan, and judge it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from passwatch.mission import load_mission
from training.faults.draw import COUNTS, draw
from training.faults.plan import Plan, save_plan

ROOT = Path(__file__).resolve().parents[3]
PLAN = ROOT / "datasets/simulated-faults/plan.json"
app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command("plan")
def plan(
    out: Annotated[Path, typer.Option(help="File to write.")] = PLAN,
    missions: Annotated[Path, typer.Option(help="Folder of mission files.")] = ROOT / "missions",
) -> None:
    """Draw the fault plan. The committed one is what this gives, and is not drawn again.

    Example: python -m training.faults plan --out /tmp/plan.json
    """
    with Progress(console=console) as progress:
        task = progress.add_task("faults", total=2 * sum(COUNTS.values()))
        for found in draw(load_mission(missions / "default.json")):
            if isinstance(found, Plan):
                save_plan(found, out)
            progress.advance(task)
    console.print(f"wrote {out}")
