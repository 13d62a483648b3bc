"""What the demonstration shows a person at its end."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

Json = dict[str, Any]

MANY = 99
WIDE = 120
"""Columns from which on a batch fits one row."""

STYLE = {"NOMINAL": "green", "ANOMALY": "bold red", "INSUFFICIENT_DATA": "yellow", "ERROR": "magenta", "PENDING": "dim"}
MARK = {"NOMINAL": "●", "ANOMALY": "▲", "INSUFFICIENT_DATA": "◌", "ERROR": "✘", "PENDING": "…"}


def show(console: Console, batches: Sequence[Json], urls: Mapping[str, str], seconds: float) -> None:
    """Print the batches, what they were judged to be, and where to go on."""
    console.print()
    console.print(_table(batches, wide=console.width >= WIDE))
    console.print(_figures(batches, seconds))
    console.print(Panel(_ways(urls), title="Passwatch is running", title_align="left", border_style="#4a9eff"))


def _table(batches: Sequence[Json], *, wide: bool) -> Table:
    """A row a batch; where the screen is narrow, the worst channels stand in a row below."""
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("batch", no_wrap=True)
    table.add_column("complete", justify="right", no_wrap=True)
    table.add_column("verdict per subsystem")
    if wide:
        table.add_column("worst channels, in times their threshold")
    table.add_column("to verdict", justify="right", no_wrap=True)
    for batch in batches:
        wait = batch["seconds_to_verdict"]
        row: list[RenderableType] = [
            Text(label(batch)),
            share(batch["completeness"]),
            subsystems(batch["subsystems"]),
            "no marker" if wait is None else f"{wait:.2f} s",
        ]
        channels = worst(batch["worst_channels"])
        if wide:
            row.insert(3, channels)
        table.add_row(*row)
        if not wide and channels:
            table.add_row("", "", channels, "")
    return table


def label(batch: Json) -> str:
    """A batch's id, with its satellite's unless the id tells it already."""
    satellite, batch_id = str(batch["satellite_id"]), str(batch["batch_id"])
    return batch_id if satellite in batch_id else f"{satellite} {batch_id}"


def share(completeness: float | None) -> str:
    """A share in per cent, never rounded up to a whole that it is not."""
    if completeness is None:
        return "?"
    return "100 %" if completeness == 1 else f"{min(completeness * 100, 99.9):.1f} %"


def subsystems(verdicts: Sequence[Json]) -> Text:
    """Each subsystem with the mark and colour of its verdict."""
    line = Text()
    for item in verdicts:
        verdict = item["verdict"]
        line.append(f"{MARK[verdict]} {item['subsystem']} ", style=STYLE[verdict])
    line.rstrip()
    return line


def worst(channels: Sequence[Json]) -> Text:
    """The channels that stand out: all with events, in colour; where none has, the one that came closest."""
    shown = [item for item in channels if item["severity"]] or channels[:1]
    line = Text()
    for number, item in enumerate(shown):
        style = "red" if item["severity"] else "dim"
        line.append(
            f"{', ' if number else ''}{item['channel']} {excess(item['score'], item['threshold'])}", style=style
        )
    return line


def excess(score: float | None, threshold: float | None) -> str:
    """A score in multiples of the threshold from which on it is an anomaly."""
    if score is None or not threshold:
        return ""
    times = score / threshold
    return f"{times:.1f}×" if times < MANY else f">{MANY}×"


def _figures(batches: Sequence[Json], seconds: float) -> Text:
    waits = [batch["seconds_to_verdict"] for batch in batches if batch["seconds_to_verdict"] is not None]
    anomalies = sum(batch["verdict"] == "ANOMALY" for batch in batches)
    line = Text(f"\n{len(batches)} batches judged, {anomalies} with anomalies", style="bold")
    if waits:
        line.append(f"; median {statistics.median(waits):.2f} s from marker to verdict", style="bold")
    line.append(f"  ·  the whole took {seconds:.0f} s\n", style="dim")
    legend = "  ".join(f"{MARK[name]} {name.lower().replace('_', ' ')}" for name in MARK if name != "PENDING")
    line.append(legend, style="dim")
    return line


def _ways(urls: Mapping[str, str]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for what, url in (
        ("Dashboard", urls["base"] + "/"),
        ("API", urls["operation_server"] + "/api/v1/docs"),
        ("Kafka (for ground stations)", urls["kafka"]),
        ("Flower (task queue)", urls["flower"]),
        ("RabbitMQ", urls["rabbitmq_management"]),
        ("VictoriaMetrics", urls["victoria"] + "/vmui/"),
    ):
        table.add_row(what, Text(url, style="#4a9eff"))
    steps = Table.grid(padding=(0, 2))
    for command, what in (
        ("make send", "sends more batches"),
        ("make status", "tells what is ready"),
        ("make down", "stops everything"),
    ):
        steps.add_row(Text(command, style="bold"), Text(what, style="dim"))
    return Group(table, "", steps)
