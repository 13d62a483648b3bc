"""The command line: ``python -m operation_server run|migrate|openapi``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operation_server.app import create_app
from operation_server.openapi import openapi_text

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="The operation-server of Passwatch.")


@cli.callback()
def main() -> None:
    """Serve the API, migrate its database, or write its OpenAPI document."""


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
