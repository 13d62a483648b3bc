"""The command ``python -m docs.generate``."""

from __future__ import annotations

from typing import Annotated

import typer

from docs.generate.pages import outdated, write


def main(
    check: Annotated[bool, typer.Option("--check", help="change nothing; exit 1 if a page is outdated")] = False,
) -> None:
    """Write the generated pages of docs/ anew.

    Examples: python -m docs.generate; python -m docs.generate --check
    """
    changed = outdated() if check else write()
    for path in changed:
        typer.echo(f"{'outdated' if check else 'written'}: {path}")
    if check and changed:
        typer.echo("run `make docs`", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
