"""A file's judgement as JSON and as a printed table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Printed

from detection.api import Calibration, SubsystemJudgement
from detection.files import Table
from detection.tool.judging import FileJudgement
from detection.words import counted, listed, utc
from passwatch.contracts import AnomalyEvent

_COLOURS = {"NOMINAL": "green", "ANOMALY": "red", "INSUFFICIENT_DATA": "yellow"}


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that is reported of one file; ``fitted`` are the first and the last time that it was itself fitted
    on, ``shown`` those that its charts begin with.
    """

    file: Path
    table: Table
    calibration: Calibration
    fitted: tuple[int, int] | None
    shown: tuple[int, int]
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
                "warnings": judged.warnings,
                "calibration": {
                    "revision": self.calibration.revision,
                    "source": self.calibration.source,
                    "cadence_ms": self.calibration.cadence_ms,
                    "models": self.calibration.models,
                },
                "events": judged.events,
                "subsystems": {
                    name: {"verdict": one.verdict, "reason": one.reason, "channels": _channels(one)}
                    for name, one in judged.subsystems.items()
                },
            }
        )


def _channels(judged: SubsystemJudgement) -> list[dict[str, Any]]:
    """Each channel's result, with its forecasts and scores at the times that have one; null where there is none."""
    return [
        {
            **msgspec.to_builtins(result),
            "timestamps": series.times.tolist(),
            "forecasts": {model: values.tolist() for model, values in series.forecasts.items()},
            "scores": series.scores.tolist(),
        }
        for result, series in zip(judged.channels, judged.series, strict=True)
    ]


def show(console: Console, document: Document) -> None:
    """Print verdict, events and channels that could not be judged."""
    judged = document.judgement
    for note in judged.notes:
        console.print(note, style="dim", highlight=False, markup=False)
    for warning in judged.warnings:
        console.print(warning, style="yellow", highlight=False, markup=False)
    console.print(f"[{_COLOURS[judged.verdict]}]{judged.verdict}[/]", end=" ")
    channels = sum(len(one.channels) for one in judged.subsystems.values())
    found = (len(judged.events), "event"), (channels, "channel"), (len(document.table), "row")
    console.print(", ".join(counted(*one) for one in found), highlight=False)
    if judged.events:
        table = Printed("channel", "from (UTC)", "score", "what", box=SIMPLE_HEAD, pad_edge=False)
        for event in judged.events:
            colour = "red" if event.severity == "critical" else "yellow"
            score = f"[{colour}]{event.score:.2f}[/]"
            table.add_row(escape(event.channel), utc(event.start), score, escape(what(event)))
        console.print(table)
    for said, names in _remarks(judged).items():
        console.print(f"{listed(names)}: {said}", style="yellow", highlight=False, markup=False)


def _remarks(judged: FileJudgement) -> dict[str, list[str]]:
    """What limited the judgement of channels, and which ones each was said of."""
    found: dict[str, list[str]] = {}
    for channel in (one for subsystem in judged.subsystems.values() for one in subsystem.channels):
        unjudged = channel.verdict == "INSUFFICIENT_DATA"
        said = [*(["not judged"] if unjudged else []), *([channel.note] if channel.note else [])]
        if said:
            found.setdefault(", ".join(said), []).append(channel.channel)
    return found


def what(event: AnomalyEvent) -> str:
    """An event's explanation without the channel's name, which stands beside it."""
    return event.explanation.removeprefix(event.channel).strip()
