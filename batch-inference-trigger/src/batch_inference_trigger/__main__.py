"""The trigger's command line."""

from __future__ import annotations

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from batch_inference_trigger.app import NAME, make_engine, serve
from batch_inference_trigger.db.schema import LEDGER
from batch_inference_trigger.settings import MigrateSettings, TriggerSettings
from passwatch import observability
from passwatch.mission import MissionError
from passwatch.schema import UnknownRevision
from passwatch.settings import EX_CONFIG, settings_or_exit
from passwatch.signals import StopSignal

EX_UNAVAILABLE = 69

cli = typer.Typer(
    help="Decides when a batch is complete, and asks for its judgement. Configured by PASSWATCH_* variables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True)


@cli.command(epilog="Example: python -m batch_inference_trigger run")
def run() -> None:
    """Follow the progress of batches until SIGTERM."""
    settings = settings_or_exit(TriggerSettings)
    observability.configure(NAME, settings)
    stop = StopSignal()
    stop.install()
    try:
        serve(settings, stop)
    except MissionError as error:
        console.print(f"[red]missions:[/] {error}")
        raise typer.Exit(EX_CONFIG) from error


@cli.command(epilog="Example: python -m batch_inference_trigger migrate")
def migrate() -> None:
    """Bring the ledger's schema up to date; safe to run again and at the same time as others."""
    settings = settings_or_exit(MigrateSettings, beside=TriggerSettings)
    observability.configure(NAME, settings)
    engine = make_engine(settings.postgres_dsn.get_secret_value())
    try:
        _, revision = LEDGER.migrate(engine)
    except UnknownRevision as error:
        console.print(str(error), markup=False)
        raise typer.Exit(EX_CONFIG) from error
    except SQLAlchemyError as error:
        console.print(f"[red]PostgreSQL:[/] {str(error).splitlines()[0]}")
        raise typer.Exit(EX_UNAVAILABLE) from error
    console.print(f"The ledger's schema is at revision {revision}.")


if __name__ == "__main__":
    cli()
