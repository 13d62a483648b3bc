"""``python -m operation_server calibrations``: fit calibrations on chosen spans, look at them, put them in force."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from operation_server.api_client import ApiClient, Refused
from operation_server.settings import ApiSettings, Settings
from passwatch.settings import settings_or_exit

REFUSED, NOT_FITTED = 1, 2
FIT_LIMIT_S = 1800.0
cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Calibrations: what telemetry is judged by.")
out, err = Console(), Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for programs")]


@cli.command()
def fit(
    *,
    mission: Annotated[str, typer.Option(help="the mission")],
    first: Annotated[str, typer.Option("--from", help="ISO 8601 with offset, or ms since the epoch")],
    last: Annotated[str, typer.Option("--to", help="the same; inclusive")],
    satellite: Annotated[str | None, typer.Option(help="for this satellite alone; else for the mission")] = None,
    activate: Annotated[bool, typer.Option("--activate", help="judge by it as soon as it is fitted")] = False,
    force: Annotated[bool, typer.Option("--force", help="although anomalies were found in the span")] = False,
    minimum_samples: Annotated[int, typer.Option(help="samples that each channel must have")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Fit a calibration on stored telemetry of a span, and wait for it.

    Exit status: 1 if the API refuses, 2 if the workers cannot fit it.

    Example: python -m operation_server calibrations fit --mission default --satellite SAT-001
    --from 2026-01-01T00:00:00Z --to 2026-01-08T00:00:00Z --activate
    """
    wanted = {
        "mission": mission,
        "satellite_id": satellite,
        "from": first,
        "to": last,
        "activate": activate,
        "force": force,
        "minimum_samples": minimum_samples,
    }
    with refusals() as api, err.status("asking for it") as status:
        asked = api.post("/calibrations", wanted)
        found = api.until(
            asked["url"].removeprefix("/api/v1"),
            lambda item: item["status"] != "QUEUED",
            lambda _: status.update("the workers read the span and fit it"),
            FIT_LIMIT_S,
        )
    if as_json:
        show_json(found)
    elif found["error"] is None:
        samples = found["samples"].values()
        out.print(
            f"[green]✔[/green] {found['revision']}: {len(samples)} channels of {', '.join(found['satellites'])}, "
            f"{min(samples):,} to {max(samples):,} samples each"
            + (f"; nothing was there of {', '.join(found['skipped'])}" if found["skipped"] else "")
            + (f"; {found['events']} anomalies in the span were taken for nominal" if found["events"] else ""),
            highlight=False,
        )
        how = f"python -m operation_server calibrations activate {found['revision']}"
        out.print("It is in force." if activate else f"It is not in force; to judge by it: {how}", highlight=False)
    else:
        err.print(f"[red]✘[/red] {found['error']}", highlight=False)
    if found["error"] is not None:
        raise typer.Exit(NOT_FITTED)


@cli.command("list")
def list_them(
    mission: Annotated[str | None, typer.Option(help="only of this mission")] = None,
    satellite: Annotated[str | None, typer.Option(help="only of this satellite")] = None,
    as_json: AsJson = False,
) -> None:
    """List the newest calibrations and which are in force.

    Example: python -m operation_server calibrations list --mission default
    """
    asked = {"mission": mission, "satellite_id": satellite, "limit": 50}
    with refusals() as api:
        found = api.get("/calibrations", **{name: value for name, value in asked.items() if value is not None})
    if as_json:
        show_json(found)
        return
    table = Table("revision", "for", "origin", "fitted on", "created", "in force")
    for item in found["items"]:
        mark = "[green]yes[/green]" if item["in_force"] else ""
        whom = "/".join(filter(None, (item["mission"], item["satellite_id"])))
        table.add_row(item["revision"], whom, item["origin"], item["source"], item["created_at"][:19], mark)
    out.print(table)


@cli.command()
def activate(revision: Annotated[str, typer.Argument(help="a calibration's revision")]) -> None:
    """Judge by a calibration from now on; the verdicts made so far stay.

    Example: python -m operation_server calibrations activate 41d0f2a7c3be
    """
    with refusals() as api:
        show_changes(api.post(f"/calibrations/{revision}/activate"))


@cli.command()
def release(
    mission: Annotated[str, typer.Option(help="the mission")],
    satellite: Annotated[str, typer.Option(help="the satellite")],
) -> None:
    """Judge a satellite by its mission's calibration again.

    Example: python -m operation_server calibrations release --mission default --satellite SAT-001
    """
    with refusals() as api:
        show_changes(api.post("/calibrations/release", {"mission": mission, "satellite_id": satellite}))


@contextmanager
def refusals() -> Iterator[ApiClient]:
    """The API of the environment; what it refuses is said, and ends the process."""
    settings = settings_or_exit(ApiSettings, beside=Settings)
    try:
        yield ApiClient(settings.api_url or f"http://127.0.0.1:{settings.http_port}")
    except Refused as error:
        err.print(f"[red]✘[/red] {error}", highlight=False)
        raise typer.Exit(REFUSED) from None


def show_changes(changed: Any) -> None:
    """Print what was put in force."""
    for change in changed["changes"]:
        whom = "/".join(filter(None, (change["mission"], change["satellite_id"])))
        by = change["revision"] or "its mission's calibration"
        out.print(f"[green]✔[/green] {whom} is judged by {by}", highlight=False)


def show_json(found: Any) -> None:
    """Print it for a program."""
    print(json.dumps(found, indent=2))  # noqa: T201 - for a program to read
