"""How long a verdict takes: from the marker's broker time to the commit of the last subsystem's verdict.

``python -m tests.benchmarks.path`` starts a stack of its own, sends batches one after another, then as many at once,
and prints the median latency and the batches judged per minute. A warm-up batch is not counted.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console as Terminal
from rich.progress import track

from passwatch.mission import Mission, load_mission
from passwatch_native.stack import Stack, free_port_base
from tests.support.console import Console
from tests.support.moment import days_ago
from tests.support.station import BATCH_MS, RECORDS, Pass, Station, simulated

ROOT = Path(__file__).resolve().parents[2]
DAYS_BACK = 60
terminal = Terminal(stderr=True)


@contextmanager
def running(folder: Path | None) -> Iterator[Stack]:
    """The stack of this folder, or one of its own that is stopped at the end."""
    if folder:
        stack = Stack(folder)
        stack.up()
        yield stack
        return
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as own:
        stack = Stack(Path(own), free_port_base())
        try:
            stack.up()
            yield stack
        finally:
            stack.down()


def passes(mission: Mission, satellites: list[str], each: int) -> list[Pass]:
    """``each`` consecutive passes of every satellite, in the past."""
    start = days_ago(DAYS_BACK)
    return [simulated(mission, satellite, start + n * BATCH_MS) for satellite in satellites for n in range(each)]


def one_after_another(console: Console, station: Station, sent: list[Pass]) -> list[float]:
    """Seconds from marker to verdict of each batch, the next sent when the one before is judged."""
    seconds = []
    for one in track(sent, "one after another", console=terminal):
        station.whole(one)
        station.flush()
        seconds.append(float(console.judged(one.uid)["seconds_to_verdict"]))
    return seconds


def all_at_once(console: Console, station: Station, sent: list[Pass]) -> float:
    """Batches per minute, from the first byte sent to the last verdict seen."""
    begin = time.monotonic()
    for one in sent:
        station.whole(one)
    station.flush()
    for one in track(sent, "all at once", console=terminal):
        console.judged(one.uid)
    return len(sent) * 60 / (time.monotonic() - begin)


def main(
    batches: Annotated[int, typer.Option(min=1, help="batches of each kind")] = 20,
    stack: Annotated[Path | None, typer.Option(help="folder of a running stack; default: one of its own")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Measure the latency and the rate of the whole path.

    Example: python -m tests.benchmarks.path --stack .run
    """
    mission = load_mission(ROOT / "missions/default.json")
    with running(stack) as engines:
        console = Console(engines.urls["base"])
        station = Station(engines.env["PASSWATCH_KAFKA_BOOTSTRAP"])
        word = uuid.uuid4().hex[:8]
        warm, *chain = passes(mission, [f"BENCH-{word}"], batches + 1)
        one_after_another(console, station, [warm])
        seconds = one_after_another(console, station, chain)
        crowd = passes(mission, [f"BENCH-{word}-{n:02}" for n in range(batches)], 1)
        rate = all_at_once(console, station, crowd)
    figures = {
        "records": RECORDS,
        "channels": len(mission.channels),
        "batches": batches,
        "seconds_to_verdict": {
            "median": round(statistics.median(seconds), 3),
            "min": round(min(seconds), 3),
            "max": round(max(seconds), 3),
        },
        "batches_per_minute": round(rate, 1),
    }
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    took = figures["seconds_to_verdict"]
    terminal.print(f"{batches} batches of {RECORDS} records × {len(mission.channels)} channels")
    terminal.print(f"  one after another: marker to last verdict {took}")
    terminal.print(f"  all at once: {rate:.1f} batches per minute")


if __name__ == "__main__":
    typer.run(main)
