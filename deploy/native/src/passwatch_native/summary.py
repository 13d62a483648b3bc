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

STYLE = {"NOMINAL": "green", "ANOMALY": "bold red", "INSUFFICIENT_DATA": "yellow", "ERROR": "magenta", "PENDING": "dim"}
MARK = {"NOMINAL": "●", "ANOMALY": "▲", "INSUFFICIENT_DATA": "◌", "ERROR": "✘", "PENDING": "…"}


def show(console: Console, batches: Sequence[Json], urls: Mapping[str, str], seconds: float) -> None:
    """Print the batches, what they were judged to be, and where to go on."""
    console.print()
    console.print(_table(batches))
    console.print(_figures(batches, seconds))
    console.print(Panel(_ways(urls), title="Passwatch is running", title_align="left", border_style="#4a9eff"))


def _table(batches: Sequence[Json]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("satellite", "batch", "complete", "subsystems", "worst channels", "marker → verdict"):
        number = heading in {"complete", "marker → verdict"}
        table.add_column(heading, justify="right" if number else "left", no_wrap=heading != "worst channels")
    for batch in batches:
        wait = batch["seconds_to_verdict"]
        table.add_row(
            batch["satellite_id"],
            Text(batch["batch_id"], style="dim"),
            share(batch["completeness"]),
            subsystems(batch["subsystems"]),
            worst(batch["worst_channels"]),
            "no marker" if wait is None else f"{wait:.2f} s",
        )
    return table


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
        line.append(f"{MARK[verdict]} {item['subsystem']}  ", style=STYLE[verdict])
    line.rstrip()
    return line


def worst(channels: Sequence[Json]) -> Text:
    """The channels that stand out, those with events in colour."""
    line = Text()
    for number, item in enumerate(channels):
        score = "" if item["score"] is None else f" {item['score']:.1f}"
        line.append((", " if number else "") + item["channel"] + score, style="red" if item["severity"] else "dim")
    return line


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
        ("API", urls["operation_server"] + "/docs"),
        ("Flower (task queue)", urls["flower"]),
        ("RabbitMQ", urls["rabbitmq_management"]),
        ("VictoriaMetrics", urls["victoria"] + "/vmui/"),
    ):
        table.add_row(what, Text(url, style="#4a9eff"))
    next_steps = Text("\nmake send    ", style="bold").append("more batches     ", style="not bold dim")
    next_steps.append("make status  ").append("what is ready     ", style="not bold dim")
    next_steps.append("make down  ").append("stop everything", style="not bold dim")
    return Group(table, next_steps)
