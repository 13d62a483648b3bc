"""The commands that take a backup and bring one back."""

from __future__ import annotations

import enum
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from passwatch_native.backup import containers
from passwatch_native.backup.bring_back import bring_back
from passwatch_native.backup.containers import Installation
from passwatch_native.backup.manifest import BackupError, Manifest, verified
from passwatch_native.backup.native import NativeStack
from passwatch_native.backup.place import Place
from passwatch_native.backup.take import take
from passwatch_native.paths import CHECKOUT
from passwatch_native.stack import Stack, StackError
from passwatch_native.steps import Steps

out = Console(width=None if sys.stdout.isatty() else 120, stderr=True)
MB = 1024 * 1024


class Way(enum.StrEnum):
    """How the platform runs."""

    native = "native"
    compose = "compose"


AsJson = Annotated[bool, typer.Option("--json", help="print the manifest, for programs")]
HowRun = Annotated[
    Way | None, typer.Option("--way", help="native (make demo) or compose; if not said, whichever there is")
]
StackDir = Annotated[Path, typer.Option("--dir", help="the native stack's folder")]
ProjectDir = Annotated[Path, typer.Option("--project", help="the folder of docker-compose.yml and .env")]


def backup(
    to: Annotated[Path, typer.Argument(help="a folder that is empty or not there")],
    *,
    way: HowRun = None,
    folder: StackDir = CHECKOUT.run_dir,
    project: ProjectDir = CHECKOUT.root,
    as_json: AsJson = False,
) -> None:
    """Save everything that a running platform has stored into a folder; it goes on working meanwhile.

    [dim]python -m passwatch_native backup /var/backups/passwatch-monday[/dim]
    """
    with Steps(out) as steps:
        try:
            made = take(_place(way, folder, project, to_restore=False, port_base=None, steps=steps), to, steps)
        except (BackupError, StackError, OSError) as error:
            steps.stop()
            _fail(str(error))
    _report(made, to, as_json=as_json, said="The backup is in")


def restore(
    given: Annotated[Path, typer.Argument(help="the backup's folder")],
    *,
    way: HowRun = None,
    folder: StackDir = CHECKOUT.run_dir,
    project: ProjectDir = CHECKOUT.root,
    port_base: Annotated[int | None, typer.Option(envvar="PORT_BASE", help="first port of a native stack")] = None,
    force: Annotated[bool, typer.Option("--force", help="stop what runs, and remove what is stored here")] = False,
    check: Annotated[bool, typer.Option("--check", help="only verify the backup's files")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back into an empty platform, and start it. Exits with 1, and changes nothing, if it cannot.

    [dim]python -m passwatch_native restore /var/backups/passwatch-monday[/dim]
    """
    with Steps(out) as steps:
        try:
            if check:
                found = verified(given)
            else:
                place = _place(way, folder, project, to_restore=True, port_base=port_base, steps=steps)
                found = bring_back(place, given, steps, force=force)
        except (BackupError, StackError, RuntimeError, OSError) as error:
            steps.stop()
            _fail(str(error))
    _report(found, given, as_json=as_json, said="Whole:" if check else "Brought back:")


def _place(
    way: Way | None, folder: Path, project: Path, *, to_restore: bool, port_base: int | None, steps: Steps
) -> Place:
    native, compose = Stack.exists(folder), containers.is_used(project)
    if way is None and native == compose:
        here = "both a native stack and an installation by Compose" if native else "neither of the two"
        raise BackupError(f"Here is {here}: say --way native or --way compose.")
    if way is Way.compose or (way is None and compose):
        return Installation(project)
    if not native and not to_restore:
        raise BackupError(f"There is no stack in {folder}. `make demo` starts one.")
    kept = Stack(folder) if native else None
    base = kept.layout.ports.base if kept and port_base is None else port_base
    options = kept.options if kept else None
    return NativeStack(folder, lambda: Stack(folder, base, options=options, progress=steps))


def _report(manifest: Manifest, folder: Path, *, as_json: bool, said: str) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(manifest), indent=2) + "\n")
        return
    size = sum(file["bytes"] for file in manifest.files.values()) / MB
    batches, verdicts = manifest.counts.get("operation.batch", 0), manifest.counts.get("operation.judgement", 0)
    out.print(
        f"[green]✔[/green] {said} {folder}: {batches} batches, {verdicts} verdicts, {size:.1f} MB, "
        f"taken at {manifest.made_at}",
        highlight=False,
        soft_wrap=True,
    )


def _fail(message: str) -> NoReturn:
    first, _, rest = message.partition("\n")
    out.print("[bold red]✘[/bold red] " + escape(first), highlight=False, soft_wrap=True)
    if rest:
        out.print(rest, highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1)
