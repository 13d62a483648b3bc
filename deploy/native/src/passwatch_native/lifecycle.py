"""Candidates for the models: made from stored telemetry, and compared with what judges now."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from passwatch.settings import PREFIX
from passwatch_native import training
from passwatch_native.install.command import InstallError
from passwatch_native.paths import CHECKOUT
from passwatch_native.services import SIMULATOR, offered
from passwatch_native.stack import Stack
from passwatch_native.steps import Steps

NEEDED = ("PASSWATCH_API_URL", "PASSWATCH_VICTORIA_URL")
Dir = Annotated[Path, typer.Option("--dir", help="the stack's folder")]
err = Console(stderr=True)


def retrain(context: typer.Context, folder: Dir = CHECKOUT.run_dir) -> None:
    """Train both models on with stored telemetry and add a candidate; what follows is handed on (--help tells)."""
    if "--help" not in context.args:
        try:
            with Steps(Console()) as steps:
                training.install(CHECKOUT, steps)
        except InstallError as error:
            err.print(str(error), markup=False, highlight=False)
            raise typer.Exit(1) from None
    raise typer.Exit(run(folder, "lifecycle.candidate", context.args))


def shadow(context: typer.Context, folder: Dir = CHECKOUT.run_dir) -> None:
    """Judge stored batches by what is in force and by a candidate; what follows is handed on (--help tells)."""
    raise typer.Exit(run(folder, "lifecycle.shadow", context.args))


def run(folder: Path, module: str, arguments: Sequence[str]) -> int:
    """Run a module of triton-models with the addresses of the stack in ``folder``; the exit status.

    Without such a stack the variables of the caller lead to another one, as to one in containers.
    """
    found = addresses(folder)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in NEEDED}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT.root / "triton-models",
        env=inherited | found,
        check=False,
    )
    return done.returncode


def addresses(folder: Path) -> dict[str, str]:
    """Where the API and the telemetry of the stack in ``folder`` are; nothing if none was started there."""
    if not Stack.exists(folder):
        return {}
    stack = Stack(folder)
    given = offered(stack.layout, SIMULATOR)
    return {name: given[name] for name in NEEDED}
