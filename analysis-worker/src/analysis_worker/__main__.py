"""The worker's command line."""

from __future__ import annotations

import typer
from rich.console import Console

from analysis_worker.serve import NAME, WorkerProcess
from analysis_worker.settings import WorkerSettings
from detection.api import CalibrationError
from passwatch import observability
from passwatch.mission import MissionError
from passwatch.settings import EX_CONFIG, settings_or_exit

cli = typer.Typer(
    help="Judges batches: takes tasks from RabbitMQ, publishes verdicts to Kafka. Configured by PASSWATCH_* variables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True)


@cli.callback()
def main() -> None:
    """Make `run` a command of its own, as in the other services."""


@cli.command(epilog="Example: python -m analysis_worker run")
def run() -> None:
    """Judge until SIGTERM; the tasks in hand are finished first."""
    settings = settings_or_exit(WorkerSettings)
    observability.configure(NAME, settings)
    try:
        worker = WorkerProcess(settings)
    except (MissionError, CalibrationError) as error:
        console.print(f"[red]missions:[/] {error}")
        raise typer.Exit(EX_CONFIG) from error
    raise typer.Exit(worker.run())


if __name__ == "__main__":
    cli()
