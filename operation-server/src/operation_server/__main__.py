"""The command line: ``python -m operation_server run|migrate|reindex|openapi|calibrations|models``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from operation_server.app import create_app
from operation_server.calibrations.command import cli as calibrations_cli
from operation_server.db.engine import make_engine
from operation_server.db.schema import OPERATION
from operation_server.models.command import cli as models_cli
from operation_server.search.elastic import ElasticClient, SearchDown
from operation_server.search.rebuild import rebuild
from operation_server.search.watch import watched
from operation_server.serve import serve
from operation_server.settings import MigrateSettings, ReindexSettings, Settings
from operation_server.web.openapi import openapi_text
from passwatch.observability import configure
from passwatch.schema import UnknownRevision
from passwatch.settings import EX_CONFIG, settings_or_exit

EX_UNAVAILABLE = 69
EX_TEMPFAIL = 75

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="The operation-server of Passwatch.")
cli.add_typer(calibrations_cli, name="calibrations")
cli.add_typer(models_cli, name="models")


@cli.callback()
def main() -> None:
    """Serve the API, migrate its database, rebuild the search index, or write the OpenAPI document."""


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
        before, after = OPERATION.migrate(engine)
    except UnknownRevision as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EX_CONFIG) from None
    except OperationalError as error:
        typer.echo(f"PostgreSQL cannot be reached: {str(error.orig).splitlines()[0]}", err=True)
        raise typer.Exit(EX_TEMPFAIL) from None
    finally:
        engine.dispose()
    typer.echo(f"schema {after}" + (" already" if before == after else f", before: {before or 'none'}"))


@cli.command()
def reindex() -> None:
    """Build Elasticsearch's index anew; servers may run, and PostgreSQL searches until it is complete.

    Exit status: 69 if no Elasticsearch is set, 75 if it or PostgreSQL cannot be reached now.

    Example: docker compose exec operation-server python -m operation_server reindex
    """
    settings = settings_or_exit(ReindexSettings, beside=Settings)
    configure("operation-server", settings)
    url = settings.elasticsearch_url.get_secret_value()
    if not url:
        typer.echo("no Elasticsearch is set (PASSWATCH_ELASTICSEARCH_URL); PostgreSQL searches without it", err=True)
        raise typer.Exit(EX_UNAVAILABLE)
    engine = make_engine(settings.postgres_dsn.get_secret_value(), "reindex", pool_size=2, statement_timeout_s=3600)
    begun = time.monotonic()
    try:
        with watched() as tell:
            state = rebuild(engine, ElasticClient(url), tell)
    except SearchDown as error:
        typer.echo(f"Elasticsearch cannot be used now: {error}", err=True)
        raise typer.Exit(EX_TEMPFAIL) from None
    except OperationalError as error:
        typer.echo(f"PostgreSQL cannot be reached: {str(error.orig).splitlines()[0]}", err=True)
        raise typer.Exit(EX_TEMPFAIL) from None
    finally:
        engine.dispose()
    typer.echo(f"{state.name} is complete, after {time.monotonic() - begun:.1f} s")


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
