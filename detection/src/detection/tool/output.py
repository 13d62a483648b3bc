"""A file's judgement as JSON and as a printed table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Printed

from detection.api import Calibration
from detection.files import Table
from detection.tool.judging import FileJudgement
from passwatch.contracts import AnomalyEvent

_COLOURS = {"NOMINAL": "green", "ANOMALY": "red", "INSUFFICIENT_DATA": "yellow"}


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that is told of one file; ``fitted`` are the first and the last time that it was itself fitted on."""

    file: Path
    table: Table
    calibration: Calibration
    fitted: tuple[int, int] | None
    judgement: FileJudgement

    def json(self) -> bytes:
        """The judgement for a program to read; event times in ms since 1970."""
        judged = self.judgement
        return msgspec.json.encode(
            {
                "file": str(self.file),
                "rows": len(self.table),
                "verdict": judged.verdict,
                "reason": judged.reason,
                "notes": judged.notes,
                "calibration": {
                    "revision": self.calibration.revision,
                    "source": self.calibration.source,
                    "cadence_ms": self.calibration.cadence_ms,
                    "models": self.calibration.models,
                },
                "events": judged.events,
                "subsystems": {
                    name: {"verdict": one.verdict, "reason": one.reason, "channels": one.channels}
                    for name, one in judged.subsystems.items()
                },
            }
        )


def show(console: Console, document: Document) -> None:
    """Print verdict, events and channels that could not be judged."""
    judged = document.judgement
    for note in judged.notes:
        console.print(note, style="dim", highlight=False, markup=False)
    console.print(f"[{_COLOURS[judged.verdict]}]{judged.verdict}[/]", end=" ")
    channels = sum(len(one.channels) for one in judged.subsystems.values())
    found = f"{len(judged.events)} {'event' if len(judged.events) == 1 else 'events'}"
    console.print(f"{found}, {channels} channels, {len(document.table)} rows", highlight=False)
    if judged.events:
        table = Printed("channel", "from (UTC)", "score", "what", box=SIMPLE_HEAD, pad_edge=False)
        for event in judged.events:
            colour = "red" if event.severity == "critical" else "yellow"
            score = f"[{colour}]{event.score:.2f}[/]"
            table.add_row(escape(event.channel), when(event.start), score, escape(what(event)))
        console.print(table)
    unjudged = [c for one in judged.subsystems.values() for c in one.channels if c.verdict == "INSUFFICIENT_DATA"]
    for channel in unjudged:
        console.print(f"{channel.channel} was not judged: {channel.note}", style="yellow", markup=False)


def when(time_ms: int) -> str:
    """An event time as read in a report."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def what(event: AnomalyEvent) -> str:
    """An event's explanation without the channel's name, which stands beside it."""
    return event.explanation.removeprefix(event.channel).strip()
