"""The command line: ``send`` simulated telemetry, ``replay`` recorded telemetry."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from batch_simulator import replay as replaying
from batch_simulator import send as sending
from batch_simulator import specs, times
from batch_simulator.errors import EXIT_MEANINGS, CommandError
from batch_simulator.faults import Kind
from batch_simulator.session import Delivery, Output, Session
from batch_simulator.settings import Settings
from passwatch.observability import configure
from passwatch.settings import settings_or_exit

_KEEP_LINES = "\b\n"
NO_TERMINAL_WIDTH = 160
"""Columns of a table that goes to a file or a pipe, where nothing says how many there are."""

EXIT_CODES = f"{_KEEP_LINES}Exit status:\n" + "".join(f"  {status}  {text}\n" for status, text in EXIT_MEANINGS.items())

app = typer.Typer(
    name="batch_simulator",
    help="Sends telemetry to Passwatch: simulated satellites, or recordings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class SplitChoice(StrEnum):
    """Which part of a recording."""

    TRAIN = "train"
    TEST = "test"
    BOTH = "both"


class StreamChoice(StrEnum):
    """How telemetry comes: batches of different streams have nothing to do with each other."""

    REALTIME = "realtime"
    DUMP = "dump"
    IMPORT = "import"
    TEST = "test"


def _time(text: str) -> int:
    try:
        return times.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 time such as 2026-03-01T00:00:00Z") from error


StreamOption = Annotated[StreamChoice, typer.Option(help="How the telemetry is said to come.")]
StartOption = Annotated[
    int | None,
    typer.Option(
        "--start",
        parser=_time,
        metavar="TIME",
        help="Event time of the first record (ISO 8601, UTC). By default just after each satellite's newest sample.",
    ),
]
LabelsOption = Annotated[
    Path | None, typer.Option("--labels-out", metavar="FILE", help="Write what is wrong, where and when, as JSON.")
]
ChunkOption = Annotated[int, typer.Option("--chunk-records", min=1, max=2000, help="Records in one message.")]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait for the verdicts (asks the public API).")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.0, help="Seconds to wait for the verdicts.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]


@app.command(
    help=f"""Send simulated telemetry.

Batches follow each satellite's newest sample and never end in the future; a new one starts 30 days ago.
The telemetry is a function of satellite, time, --seed and faults: the same arguments with the same --start make
the same batches. With --rate the records leave at the pace of the wall clock, otherwise as fast as Kafka takes them.

Faults: {specs.GRAMMAR}, several separated by commas. FIRST and COUNT are records
of the batch. SIZE is in the channel's unit, or with s in sigma of its sensor. Without ~SATELLITE every satellite has
it, without /BATCH (counted from 1) every batch. A bare kind restricts the random faults of --anomaly-rate.
Kinds: {", ".join(Kind)}.

{_KEEP_LINES}Examples:
  python -m batch_simulator send --satellites 3 --batches 2 --anomaly-rate 0.3 --seed 7 --wait
  python -m batch_simulator send --faults 'stuck:battery_temp@300+60,drift:temp_obc=12s@500+120~SAT-001/1'
  python -m batch_simulator send --mission simple --rate 10 --duration 60

{EXIT_CODES}"""
)
def send(
    mission: Annotated[str, typer.Option(help="Which mission flies.")] = "default",
    satellites: Annotated[int, typer.Option(min=1, max=100_000, help="How many satellites send.")] = 1,
    satellite_ids: Annotated[
        str, typer.Option(metavar="ID,ID…", help="Which satellites send, instead of --satellites.")
    ] = "",
    batches: Annotated[int, typer.Option(min=1, help="Batches a satellite.")] = 1,
    records: Annotated[int | None, typer.Option(min=1, help="Records a batch. By default the mission's.")] = None,
    cadence: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds between records. By default the mission's.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.001, help="Stream: records a second of wall clock, each satellite.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0.001, metavar="S", help="Stream: for how many seconds, instead of --batches.")
    ] = None,
    anomaly_rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="Probability of a fault in a batch.")] = 0.0,
    faults: Annotated[str, typer.Option(metavar="LIST", help="Faults, see above.")] = "",
    seed: Annotated[int, typer.Option(help="Chooses the sensors' noise and the random faults.")] = 0,
    start: StartOption = None,
    stream: StreamOption = StreamChoice.REALTIME,
    labels_out: LabelsOption = None,
    chunk_records: ChunkOption = 100,
    wait: WaitOption = False,
    timeout: TimeoutOption = 120.0,
    as_json: JsonOption = False,
) -> None:
    """Send simulated telemetry."""
    request = sending.Request(
        mission=mission,
        satellites=satellites,
        satellite_ids=[name.strip() for name in satellite_ids.split(",") if name.strip()],
        batches=batches,
        records=records,
        cadence_s=cadence,
        rate=rate,
        duration_s=duration,
        anomaly_rate=anomaly_rate,
        faults=faults,
        seed=seed,
        start_ms=start,
        labels_out=labels_out,
        stream=stream.value,
    )
    delivery = Delivery(chunk_records, timeout if wait else None)
    _run(as_json, lambda session, output: sending.send(session, output, request, delivery))


@app.command(
    help=f"""Replay recorded telemetry from DATA, a folder in the format of NASA's SMAP/MSL set.

Each channel becomes a satellite NASA-<channel> of its own, one sample a minute; the command columns that change travel
beside it as context. Batches follow what was replayed before; a channel never replayed starts half a year ago.

{_KEEP_LINES}Examples:
  python -m batch_simulator replay datasets/nasa-smap-msl --channels A-1,P-2 --wait
  python -m batch_simulator replay datasets/nasa-smap-msl --split both --json --wait --timeout 600

{EXIT_CODES}"""
)
def replay(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder with a .npz file and perhaps labels.csv.")],
    channels: Annotated[
        str | None, typer.Option(metavar="NAME,NAME…", help="Which channels, by default all of them.")
    ] = None,
    split: Annotated[SplitChoice, typer.Option(help="Which part of the recording.")] = SplitChoice.TEST,
    batch_records: Annotated[int | None, typer.Option(min=1, help="Records a batch. By default the mission's.")] = None,
    commands: Annotated[bool, typer.Option("--commands/--no-commands", help="Send the command columns too.")] = True,
    mission: Annotated[str, typer.Option(help="The mission of the recorded channels.")] = "nasa-smap-msl",
    start: StartOption = None,
    stream: StreamOption = StreamChoice.REALTIME,
    labels_out: LabelsOption = None,
    chunk_records: ChunkOption = 100,
    wait: WaitOption = False,
    timeout: TimeoutOption = 300.0,
    as_json: JsonOption = False,
) -> None:
    """Replay recorded telemetry."""
    request = replaying.Request(
        data=data,
        mission=mission,
        channels=channels,
        split=split.value,
        batch_records=batch_records,
        commands=commands,
        start_ms=start,
        labels_out=labels_out,
        stream=stream.value,
    )
    delivery = Delivery(chunk_records, timeout if wait else None)
    _run(as_json, lambda session, _output: replaying.replay(session, request, delivery))


def _run(as_json: bool, command: Callable[[Session, Output], bool]) -> None:
    settings = settings_or_exit(Settings)
    configure("batch-simulator", settings)
    table = Console(width=None if sys.stdout.isatty() else NO_TERMINAL_WIDTH)
    output = Output(table, Console(stderr=True), as_json)
    try:
        complete = command(Session(settings, output), output)
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        raise typer.Exit(error.exit_code) from error
    if not complete:
        print("error: not every verdict came in time", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1)
