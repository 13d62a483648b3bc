"""The command line of limit-monitor: wiring only."""

from __future__ import annotations

import typer
from rich.console import Console

from limit_monitor.service import NAME, serve
from limit_monitor.settings import Settings
from passwatch.mission import MissionError, load_missions
from passwatch.observability import configure
from passwatch.settings import EX_CONFIG, settings_or_exit
from passwatch.signals import StopSignal

app = typer.Typer(
    help="Telemetry against the missions' limits, as it arrives.", no_args_is_help=True, add_completion=False
)


@app.callback()
def main() -> None:
    """Check telemetry against the missions' limits as it arrives. Configured by PASSWATCH_* variables."""


@app.command()
def run() -> None:
    """Check telemetry until told to stop (SIGTERM).

    Example: python -m limit_monitor run
    """
    settings = settings_or_exit(Settings)
    configure(NAME, settings)
    stop = StopSignal()
    stop.install()
    try:
        missions = load_missions(settings.missions_dir)
    except MissionError as error:
        Console(stderr=True).print(f"missions: {error}", markup=False)
        raise typer.Exit(EX_CONFIG) from error
    serve(settings, missions, stop)


if __name__ == "__main__":
    app()
