"""``python -m operation_server models``: versions of the models; promotion and rollback without a restart."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from operation_server.api_client import ApiClient
from operation_server.calibrations.command import AsJson, err, out, refusals, show_changes, show_json

TOLD_LIMIT_S = 60.0
cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Versions of the models.")


@cli.command("list")
def list_them(as_json: AsJson = False) -> None:
    """List the versions of the model repository: which are served, and what is judged by them.

    Example: python -m operation_server models list
    """
    with refusals() as api:
        found = api.get("/models/versions")
    if as_json:
        show_json(found)
        return
    table = Table("version", "weights", "created", "served", "judges", "calibrated for")
    for item in found["items"]:
        weights = "\n".join(f"{model} {digits}" for model, digits in item["models"].items())
        served = {True: "[green]yes[/green]", False: "", None: "?"}[item["served"]]
        scopes = [
            "\n".join("/".join(filter(None, (s["mission"], s["satellite_id"]))) for s in item[name])
            for name in ("in_force", "calibrated")
        ]
        table.add_row(str(item["number"]), weights, item["created_at"][:19], served, *scopes)
    out.print(table)


@cli.command()
def promote(
    number: Annotated[int, typer.Argument(help="the version")],
    partial: Annotated[bool, typer.Option("--partial", help="only what has a calibration fitted with it")] = False,
) -> None:
    """Judge by a version from now on, with the calibrations that were fitted with it. Triton is not restarted.

    Example: python -m operation_server models promote 2
    """
    with refusals() as api, err.status(f"Triton loads version {number}") as status:
        changed = api.post(f"/models/versions/{number}/promote", {"partial": partial})
        status.update("the workers are told")
        _await_told(api)
    show_changes(changed)


@cli.command()
def rollback() -> None:
    """Judge as before the last promotion. Triton is not restarted.

    Example: python -m operation_server models rollback
    """
    with refusals() as api, err.status("Triton loads the version before") as status:
        changed = api.post("/models/rollback")
        status.update("the workers are told")
        _await_told(api)
    show_changes(changed)


def _await_told(api: ApiClient) -> None:
    """Return when the workers could know of every change, and Triton serves just what is needed."""
    api.until(
        "/calibrations/activations?limit=200",
        lambda page: all(item["published_at"] for item in page["items"]),
        lambda _: None,
        TOLD_LIMIT_S,
    )
    api.until(
        "/models/versions",
        lambda found: all(bool(v["served"]) == bool(v["in_force"]) for v in found["items"]),
        lambda _: None,
        TOLD_LIMIT_S,
    )
