"""``make shadow``: stored batches through what is in force and through a candidate, and what would have changed."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from analysis_worker.calibrations import usable
from analysis_worker.read import SamplesReader
from detection.api import Detector
from lifecycle.diff import Diff, Event, Label, compare, nuisances, per_day
from lifecycle.replay import Batch, milliseconds, replay
from lifecycle.server import Refused, Server
from lifecycle.weights import Weights
from passwatch.mission import load_missions
from passwatch.victoria import VictoriaClient, VictoriaUnavailable

ROOT = Path(__file__).resolve().parents[2]
UNAVAILABLE = 1
Scope = tuple[str, str | None]
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out, err = Console(), Console(stderr=True)


@app.command()
def main(
    *,
    version: Annotated[int | None, typer.Option(help="a candidate version of the models")] = None,
    calibration: Annotated[str | None, typer.Option(help="a candidate calibration's revision instead")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="only batches that reach into the time from here on")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="only batches that reach into the time until here")] = None,
    mission: Annotated[str | None, typer.Option(help="only of this mission")] = None,
    satellite: Annotated[str | None, typer.Option(help="only of this satellite")] = None,
    labels: Annotated[Path | None, typer.Option(help="CSV of known faults: satellite_id,channel,start,end")] = None,
    to_file: Annotated[Path, typer.Option("--out", help="file for the whole diff as JSON")] = ROOT / ".run/shadow.json",
    api_url: Annotated[str, typer.Option(envvar="PASSWATCH_API_URL", help="base URL of the API")] = "http://127.0.0.1",
    victoria_url: Annotated[
        str, typer.Option(envvar="PASSWATCH_VICTORIA_URL", help="VictoriaMetrics")
    ] = "http://127.0.0.1:8428",
    missions_dir: Annotated[Path, typer.Option(help="folder of the mission files")] = ROOT / "missions",
) -> None:
    """Judge stored batches by what is in force and by a candidate, print what differs and keep it as JSON.

    Without labels every event counts as a nuisance, which is right where the span is known to be nominal.

    Example: make shadow VERSION=2 ARGS="--from 2026-01-01T00:00:00Z --satellite SAT-001"
    """
    if (version is None) == (calibration is None):
        raise typer.BadParameter("give either --version or --calibration")
    server = Server(api_url)
    try:
        with tempfile.TemporaryDirectory() as folder:
            pairs = Pairs(server, Weights(server, Path(folder)), _candidates(server, version, calibration))
            asked = {"from": first, "to": last, "mission": mission, "satellite_id": satellite}
            listed = [b for b in server.pages("/batches", **asked) if b["revision"] is not None and b["records"]]
            known = load_missions(missions_dir)
            reader = SamplesReader(VictoriaClient(victoria_url), 0.0)
            run = Run(_labels(labels) if labels else [])
            for item in track(listed, description="batches", console=err):
                batch = Batch.of(item)
                detectors = pairs.of((batch.mission, batch.satellite_id))
                if batch.mission not in known or detectors is None:
                    run.left_out.append(batch)
                    continue
                run.add(batch, *replay(batch, known[batch.mission], reader, detectors))
    except (Refused, VictoriaUnavailable) as error:
        err.print(f"[red]✘[/red] {error}", highlight=False)
        raise typer.Exit(UNAVAILABLE) from None
    candidate = f"version {version}" if version is not None else f"calibration {calibration}"
    report = run.report(candidate)
    to_file.parent.mkdir(parents=True, exist_ok=True)
    to_file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    show(report)
    out.print(f"The whole diff is in {to_file}", highlight=False)


class Pairs:
    """Pairs of detectors: by what is in force, and by the candidate."""

    def __init__(self, server: Server, weights: Weights, candidates: dict[Scope, str]) -> None:
        self._server, self._weights, self._candidates = server, weights, candidates
        self._present: dict[Scope, str] = {
            (item["mission"], item["satellite_id"]): item["revision"] for item in server.in_force()
        }
        self._detectors: dict[str, Detector] = {}

    def of(self, batch_scope: tuple[str, str]) -> tuple[Detector, Detector] | None:
        """The pair for a satellite; None if the candidate has no calibration for whom its present one is."""
        mission, satellite = batch_scope
        scope: Scope = batch_scope if batch_scope in self._present else (mission, None)
        wanted = self._candidates.get((mission, satellite)) or self._candidates.get(scope)
        if scope not in self._present or wanted is None:
            return None
        return self._detector(self._present[scope]), self._detector(wanted)

    def _detector(self, revision: str) -> Detector:
        if revision not in self._detectors:
            calibration = usable(self._server.get(f"/calibrations/{revision}")["content"])
            self._detectors[revision] = Detector(calibration, self._weights.forecasters(calibration.models))
        return self._detectors[revision]


class Run:
    """What was found so far, on both sides."""

    def __init__(self, labels: list[Label]) -> None:
        self._labels = labels
        self._batches: list[Batch] = []
        self._before: list[Event] = []
        self._after: list[Event] = []
        self.left_out: list[Batch] = []

    def add(self, batch: Batch, before: list[Event], after: list[Event]) -> None:
        """Add what was found in a batch."""
        self._batches.append(batch)
        self._before += before
        self._after += after

    def report(self, candidate: str) -> dict[str, Any]:
        """Everything, for a program."""
        diff = compare(self._before, self._after)
        observed = sum(batch.observed_ms for batch in self._batches)
        sides = {"present": self._before, "candidate": self._after}
        return {
            "candidate": candidate,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "batches": len(self._batches),
            "left_out": [asdict(batch) for batch in self.left_out],
            "satellites": sorted({batch.satellite_id for batch in self._batches}),
            "satellite_days": observed / 86_400_000,
            "labels": len(self._labels),
            "events": {side: len(events) for side, events in sides.items()},
            "nuisances_per_day": {
                side: per_day(len(nuisances(events, self._labels)), observed) for side, events in sides.items()
            },
            **_diff(diff),
        }


def show(report: dict[str, Any]) -> None:
    """Print the diff."""
    table = Table("", "satellite", "channel", "from", "to", "severity", "score", "member", title=report["candidate"])
    rows = [("gained", event) for event in report["gained"]] + [("lost", event) for event in report["lost"]]
    for pair in report["moved"]:
        rows += [("moved from", pair["before"]), ("to", pair["after"])]
    for kind, event in rows:
        colour = {"gained": "red", "lost": "green"}.get(kind, "yellow")
        table.add_row(
            f"[{colour}]{kind}[/]",
            event["satellite_id"],
            event["channel"],
            _when(event["start"]),
            _when(event["end"]),
            event["severity"],
            f"{event['score']:.2f}",
            event["detector"],
        )
    if rows:
        out.print(table)
    totals = Table("", "in force", "candidate")
    days = report["nuisances_per_day"]
    totals.add_row("events", *(str(report["events"][side]) for side in ("present", "candidate")))
    totals.add_row(
        "nuisances a satellite-day",
        *("-" if days[side] is None else f"{days[side]:.3f}" for side in ("present", "candidate")),
    )
    out.print(totals)
    out.print(
        f"{report['batches']} batches, {report['satellite_days']:.1f} satellite-days: {len(report['gained'])} gained, "
        f"{len(report['lost'])} lost, {len(report['moved'])} moved, {report['kept']} as before"
        + (f"; {len(report['left_out'])} batches left out: no calibration" if report["left_out"] else ""),
        highlight=False,
    )


def _when(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _diff(diff: Diff) -> dict[str, Any]:
    return {
        "gained": [asdict(event) for event in diff.gained],
        "lost": [asdict(event) for event in diff.lost],
        "moved": [{"before": asdict(pair.before), "after": asdict(pair.after)} for pair in diff.moved],
        "kept": diff.kept,
    }


def _candidates(server: Server, version: int | None, calibration: str | None) -> dict[Scope, str]:
    if calibration is not None:
        item = server.get(f"/calibrations/{calibration}")
        return {(item["mission"], item["satellite_id"]): calibration}
    scopes = server.get(f"/models/versions/{version}")["calibrated"]
    if not scopes:
        raise Refused(f"version {version} has no calibration for anything that is in force")
    return {(scope["mission"], scope["satellite_id"]): scope["revision"] for scope in scopes}


def _labels(path: Path) -> list[Label]:
    """Known faults; without a channel the whole satellite is meant.

    Raises:
        typer.BadParameter: a row is not what it should be.
    """
    found = []
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.DictReader(lines), 2):
            try:
                span = milliseconds(row["start"]), milliseconds(row["end"])
                found.append(Label(row["satellite_id"], row.get("channel") or None, *span))
            except (KeyError, ValueError, TypeError) as error:
                raise typer.BadParameter(f"{path}, row {number}: {error}") from error
    return found


if __name__ == "__main__":
    app()
