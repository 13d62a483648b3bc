"""The command line: ``python -m operation_server run|migrate|openapi``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from operation_server.app import create_app
from operation_server.openapi import openapi_text
from operation_server.serve import serve
from operation_server.settings import MigrateSettings, Settings
from operation_server.store import schema
from operation_server.store.engine import make_engine
from passwatch.observability import configure
from passwatch.settings import settings_or_exit

EX_TEMPFAIL = 75

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="The operation-server of Passwatch.")


@cli.callback()
def main() -> None:
    """Serve the API, migrate its database, or write its OpenAPI document."""


@cli.command()
def run() -> None:
    """Serve the API, and take results and progress from Kafka, until SIGTERM.

    Example: PASSWATCH_HTTP_PORT=8000 … python -m operation_server run
    """
    settings = settings_or_exit(Settings)
    configure("operation-server", settings)
    serve(settings)


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date; safe to run again and by several at once.

    Example: python -m operation_server migrate
    """
    settings = settings_or_exit(MigrateSettings, beside=Settings)
    configure("operation-server", settings)
    engine = make_engine(settings.postgres_dsn.get_secret_value(), "migrate", pool_size=1, statement_timeout_s=3600)
    try:
        before, after = schema.migrate(engine)
    except OperationalError as error:
        typer.echo(f"PostgreSQL cannot be reached: {str(error.orig).splitlines()[0]}", err=True)
        raise typer.Exit(EX_TEMPFAIL) from None
    finally:
        engine.dispose()
    typer.echo(f"schema {after}" + (" already" if before == after else f", before: {before or 'none'}"))


@cli.command()
def openapi(
    out: Annotated[Path | None, typer.Option(help="file to write; default: standard output")] = None,
    check: Annotated[bool, typer.Option(help="write nothing; exit 1 if the file is not current")] = False,
) -> None:
    """Write the OpenAPI document.

    Example: python -m operation_server openapi --out frontend/openapi.json
    """
    text = openapi_text(create_app())
    if out is None:
        typer.echo(text, nl=False)
    elif not check:
        out.write_text(text, encoding="utf-8")
    elif not out.is_file() or out.read_text(encoding="utf-8") != text:
        typer.echo(f"{out} is not current; run: python -m operation_server openapi --out {out}", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    cli()
