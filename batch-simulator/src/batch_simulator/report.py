"""What was sent and what became of it: for a person, and as one JSON document for a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from batch_simulator import times
from batch_simulator.batch import Batch
from batch_simulator.labels import Label

_COLOURS = {"NOMINAL": "green", "ANOMALY": "red", "INSUFFICIENT_DATA": "yellow", "ERROR": "magenta"}
_FROM_API = ("status", "verdict", "revision", "completeness", "rule", "seconds_to_verdict", "worst_channels")
_WORST = 3


@dataclass(slots=True)
class Sent:
    """A batch that Kafka has, and, once it is judged, the batch as the API shows it."""

    batch_id: str
    uid: str
    mission: str
    satellite_id: str
    first_ms: int
    last_ms: int
    records: int
    records_sent: int
    labels: list[Label] = field(default_factory=list)
    judged: dict[str, Any] | None = None


def sent(batch: Batch, labels: list[Label]) -> Sent:
    """The account of a batch."""
    return Sent(
        batch_id=batch.batch_id,
        uid=batch.uid,
        mission=batch.mission,
        satellite_id=batch.satellite_id,
        first_ms=batch.first_ms,
        last_ms=batch.last_ms,
        records=batch.records,
        records_sent=int(batch.indices.size),
        labels=labels,
    )


def document(batches: Sequence[Sent], *, waited: bool) -> dict[str, Any]:
    """The JSON document of ``--json``: ``complete`` says whether every verdict that was waited for is there."""
    body: dict[str, Any] = {"batches": [_item(b, waited=waited) for b in batches]}
    if waited:
        body["complete"] = all(b.judged is not None for b in batches)
    return body


def _item(batch: Sent, *, waited: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "batch_id": batch.batch_id,
        "batch_uid": batch.uid,
        "mission": batch.mission,
        "satellite_id": batch.satellite_id,
        "first_time": times.iso(batch.first_ms),
        "last_time": times.iso(batch.last_ms),
        "records": batch.records,
        "records_sent": batch.records_sent,
        "faults": [
            {"kind": f.kind, "target": f.target, "first_time": times.iso(f.start_ms), "last_time": times.iso(f.end_ms)}
            for f in batch.labels
        ],
    }
    if waited:
        shown = batch.judged or {}
        item |= {name: shown.get(name) for name in _FROM_API}
        item["subsystems"] = _subsystems(shown)
        events = shown.get("events")
        item["events"] = len(events) if isinstance(events, list) else events
    return item


def _subsystems(shown: dict[str, Any]) -> dict[str, str]:
    """Verdict by subsystem."""
    listed = shown.get("subsystems") or []
    return {entry["subsystem"]: entry["verdict"] for entry in listed}


def table(batches: Sequence[Sent], *, waited: bool) -> Table:
    """The batches as a table."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("batch", "records", "from (UTC)", "faults sent"):
        grid.add_column(name, overflow="fold")
    if waited:
        for name in ("verdict", "complete", "subsystems", "worst channels", "seconds"):
            grid.add_column(name, overflow="fold")
    for batch in batches:
        cells = [
            batch.batch_id,
            str(batch.records_sent)
            if batch.records_sent == batch.records
            else f"{batch.records_sent} of {batch.records}",
            times.iso(batch.first_ms)[:16].replace("T", " "),
            ", ".join(f"{label.kind} {label.target}" for label in batch.labels) or "none",
        ]
        grid.add_row(*cells, *(_verdict_cells(batch.judged) if waited else []))
    return grid


def _verdict_cells(shown: dict[str, Any] | None) -> list[str]:
    if shown is None:
        return ["[yellow]none in time[/]", "", "", "", ""]
    verdict = str(shown["verdict"])
    completeness, seconds = shown.get("completeness"), shown.get("seconds_to_verdict")
    worst = shown.get("worst_channels") or []
    return [
        f"[{_COLOURS.get(verdict, 'white')}]{verdict}[/]",
        "" if completeness is None else f"{100 * completeness:.1f} %",
        ", ".join(f"{name} {verdict.lower()}" for name, verdict in _subsystems(shown).items()),
        ", ".join(entry["channel"] for entry in worst[:_WORST]),
        "" if seconds is None else f"{seconds:.1f}",
    ]


def show(console: Console, batches: Sequence[Sent], *, waited: bool) -> None:
    """Print the table and a closing line."""
    console.print(table(batches, waited=waited))
    samples = sum(b.records_sent for b in batches)
    line = f"{len(batches)} batches, {samples} records sent"
    if waited:
        line += f", {sum(b.judged is not None for b in batches)} judged"
    console.print(line)
