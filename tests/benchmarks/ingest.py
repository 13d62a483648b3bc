"""How fast telemetry goes from Kafka to VictoriaMetrics, against VictoriaMetrics' own import of the same points.

``python -m tests.benchmarks.ingest`` starts engines of its own (``--stack`` uses running ones) and measures the real
consumer in its own process, all checks, progress and commits on, from its first poll until the last sample can be read
back, for two shapes of messages: chunks of 100 records and one record a message. The yardstick imports the same points
as ready lines of 4,000 samples, uncompressed, over one and over two connections; the better one counts. Both sides take
turns in going first, each round with series of its own; the medians of the rounds are compared. Counts are verified.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka.admin import AdminClient
from rich.console import Console
from rich.table import Table

from passwatch.kafka import ensure_topics, topic_name
from passwatch.mission import load_mission
from passwatch.topics import ALL
from passwatch_native.services import ServiceOptions
from passwatch_native.stack import Stack, free_port_base
from tests.benchmarks.ingest_consumer import consume_seconds
from tests.benchmarks.ingest_import import check_stored, import_seconds
from tests.benchmarks.ingest_points import Points, import_bodies, make_points, produce

ROOT = Path(__file__).resolve().parents[2]
SHAPES = {"chunks": 100, "records": 1}
"""Records a message, by the name of the shape."""

terminal = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Result:
    """One shape's medians, in points per second, and the consumer's as a share of the import's."""

    shape: str
    points: int
    consumer: float
    imported: float
    ratio: float
    floor: float
    rounds: list[dict[str, float]]


@contextmanager
def engines(folder: Path | None) -> Iterator[dict[str, str]]:
    """The ``PASSWATCH_*`` variables of the stack in this folder, or of one that is started for the benchmark."""
    if folder:
        yield dict(json.loads((folder / "stack.json").read_text())["env"])
        return
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as own:
        stack = Stack(Path(own), free_port_base(), options=ServiceOptions(triton=False))
        try:
            stack.up("engines")
            yield dict(stack.env)
        finally:
            stack.down()


def measure_consumer(env: dict[str, str], points: Points, records_a_message: int) -> float:
    """Seconds that the consumer takes for the points, which are put into topics of their own first."""
    bootstrap = env["PASSWATCH_KAFKA_BOOTSTRAP"]
    prefix = f"bench-{uuid.uuid4().hex[:8]}."
    ensure_topics(bootstrap, prefix)
    try:
        mine = points.named(prefix[:-1])
        produce(mine, bootstrap, prefix, records_a_message)
        seconds = consume_seconds(env, prefix, len(mine.satellites), len(mine.timestamps))
        check_stored(env["PASSWATCH_VICTORIA_URL"], mine)
        return seconds
    finally:
        admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 4})
        for future in admin.delete_topics([topic_name(prefix, topic) for topic in ALL]).values():
            future.result(30)


def measure_import(env: dict[str, str], points: Points) -> float:
    """Seconds that VictoriaMetrics takes to import the points, over one or two connections, whichever is faster."""
    seconds = []
    for connections in (1, 2):
        mine = points.named(f"import-{uuid.uuid4().hex[:8]}")
        seconds.append(import_seconds(env["PASSWATCH_VICTORIA_URL"], import_bodies(mine), connections))
        check_stored(env["PASSWATCH_VICTORIA_URL"], mine)
    return min(seconds)


def measure(env: dict[str, str], points: Points, shape: str, rounds: int, floor: float) -> Result:
    """Measure one shape; each round both sides take their turn, the first one changing."""
    taken = []
    for number in range(rounds):
        order = ("consumer", "import") if number % 2 else ("import", "consumer")
        seconds = {
            side: measure_consumer(env, points, SHAPES[shape]) if side == "consumer" else measure_import(env, points)
            for side in order
        }
        taken.append({side: points.count / seconds[side] for side in sorted(seconds)})
        terminal.print(
            f"{shape}, round {number + 1} of {rounds}: consumer {taken[-1]['consumer'] / 1e6:.2f} M points/s, "
            f"import {taken[-1]['import'] / 1e6:.2f} M points/s",
            highlight=False,
        )
    consumer, imported = (statistics.median(t[side] for t in taken) for side in ("consumer", "import"))
    return Result(shape, points.count, consumer, imported, consumer / imported, floor, taken)


def main(
    stack: Annotated[Path | None, typer.Option(help="Folder of a running stack whose engines are used.")] = None,
    satellites: Annotated[int, typer.Option(min=1, help="Satellites that send.")] = 12,
    records: Annotated[int, typer.Option(min=100, help="Records of each, of 33 samples.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians count.")] = 5,
    floor_chunks: Annotated[float, typer.Option(help="Least ratio for chunks of 100 records.")] = 0.15,
    floor_records: Annotated[float, typer.Option(help="Least ratio for one record a message.")] = 0.10,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure Kafka to VictoriaMetrics; ends with status 1 if a ratio is below its floor."""
    points = make_points(load_mission(ROOT / "missions" / "default.json"), satellites, records)
    floors = {"chunks": floor_chunks, "records": floor_records}
    with engines(stack) as env:
        measure_import(env, make_points(points.mission, 1, 1_000))  # the first import of a new storage is slow
        results = [measure(env, points, shape, rounds, floor) for shape, floor in floors.items()]
    if as_json:
        sys.stdout.write(json.dumps([asdict(result) for result in results]) + "\n")
    else:
        Console().print(_table(results))
    if any(result.ratio < result.floor for result in results):
        raise typer.Exit(1)


def _table(results: list[Result]) -> Table:
    table = Table("shape", "points", "consumer, points/s", "own import, points/s", "ratio", "floor")
    for result in results:
        table.add_row(
            f"{SHAPES[result.shape]} records a message",
            f"{result.points:,}",
            f"{result.consumer:,.0f}",
            f"{result.imported:,.0f}",
            f"{result.ratio:.3f}",
            f"{result.floor:.2f}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
