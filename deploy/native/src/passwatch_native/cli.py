"""The command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from passwatch_native.paths import CHECKOUT
from passwatch_native.services import ServiceOptions
from passwatch_native.stack import ALL, Stack, StackError
from passwatch_native.steps import Steps

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
out = Console()
err = Console(stderr=True)

Dir = Annotated[Path, typer.Option("--dir", help="the stack's folder")]


@app.callback()
def main() -> None:
    """Runs Passwatch as plain processes on this machine."""


@app.command()
def up(
    *,
    folder: Dir = CHECKOUT.run_dir,
    port_base: Annotated[int | None, typer.Option(help="first of the stack's 50 ports")] = None,
    port: Annotated[list[str] | None, typer.Option(help="another port for one process: --port kafka=19092")] = None,
    only: Annotated[str, typer.Option(help="engines, or all")] = "all",
    operation_servers: Annotated[int, typer.Option(min=1, max=2, help="how many operation-servers")] = 1,
    triton: Annotated[bool, typer.Option(help="whether Triton belongs to the engines")] = True,
) -> None:
    """Start a stack and return when it is ready.

    [dim]python -m passwatch_native up --dir /tmp/stack --port-base 20000 --only engines[/dim]
    """
    overrides = dict(_override(text) for text in port or [])
    parts = ("engines",) if only == "engines" else ALL
    with Steps(out) as steps:
        try:
            options = ServiceOptions(operation_servers=operation_servers, triton=triton)
            Stack(folder, port_base, ports=overrides, options=options, progress=steps).up(parts)
        except (StackError, ValueError, RuntimeError, OSError) as error:
            steps.stop()
            fail(str(error))


@app.command()
def down(folder: Dir = CHECKOUT.run_dir) -> None:
    """Stop every process of a stack; what it stored stays."""
    if not Stack.exists(folder):
        out.print(f"Nothing runs from {folder}.", highlight=False)
        return
    try:
        with out.status("stopping") as status:
            Stack(folder).down(lambda names: status.update("stopping " + ", ".join(names)))
    except StackError as error:
        fail(str(error))
    out.print(
        "[green]✔[/green] All processes have stopped. Their data stays until [bold]make clean[/bold].", highlight=False
    )


@app.command()
def clean(folder: Dir = CHECKOUT.run_dir) -> None:
    """Stop a stack and remove all it stored, secrets included."""
    if not Stack.exists(folder):
        out.print(f"Nothing to remove in {folder}.", highlight=False)
        return
    try:
        Stack(folder).clean()
    except StackError as error:
        fail(str(error))
    out.print(f"[green]✔[/green] Removed {folder}.", highlight=False)


@app.command()
def status(
    folder: Dir = CHECKOUT.run_dir, as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False
) -> None:
    """Tell of every process whether it is ready, and why not. Exits with 1 unless all are."""
    found = Stack(folder).status() if Stack.exists(folder) else []
    if as_json:
        rows = [
            {"name": s.name, "ready": s.ready, "state": s.state, "pid": s.pid, "seconds": s.seconds, "detail": s.detail}
            for s in found
        ]
        sys.stdout.write(json.dumps({"processes": rows}, indent=2) + "\n")
    elif not found:
        out.print("Nothing runs. [bold]make demo[/bold] starts it.", highlight=False)
    else:
        table = Table(box=None, header_style="dim")
        for heading in ("", "process", "state", "pid", "for", "readiness"):
            table.add_column(heading)
        for s in found:
            mark = "[green]●[/green]" if s.ready else "[red]●[/red]"
            table.add_row(mark, s.name, s.state.lower(), str(s.pid or "-"), span(s.seconds), s.detail)
        out.print(table)
    if not found or not all(s.ready for s in found):
        raise typer.Exit(1)


def span(seconds: int) -> str:
    """A length of time in the one unit that suits it."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def fail(message: str) -> NoReturn:
    """End with a message that names cause and cure."""
    first, _, rest = message.partition("\n")
    err.print(f"[bold red]✘[/bold red] {first}", highlight=False)
    if rest:
        err.print(rest, highlight=False, markup=False)
    raise typer.Exit(1)


def _override(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not number.isdigit():
        raise typer.BadParameter(f"{text!r}: write it as process=number", param_hint="--port")
    return name, int(number)
