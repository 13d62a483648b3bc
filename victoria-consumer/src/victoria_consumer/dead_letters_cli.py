"""The commands ``dead-letters list`` and ``dead-letters replay``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer
from confluent_kafka import KafkaException
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from passwatch.settings import settings_or_exit
from passwatch.streaming.stored import Selection, StoredDeadLetter, parse_places, read, replay
from victoria_consumer.settings import DeadLetterSettings, Settings

EX_UNAVAILABLE = 69
"""The exit status when Kafka cannot be reached (sysexits.h)."""

NO_TERMINAL_WIDTH = 200
"""Columns of a table that goes to a file or a pipe, where nothing says how many there are."""

dead_letters = typer.Typer(help="Look at messages that were rejected, and send them again.", no_args_is_help=True)

Reasons = Annotated[list[str] | None, typer.Option("--reason", help="Only those with this reason; repeatable.")]
Places = Annotated[
    str | None,
    typer.Option("--offsets", help="Only these: partition:offset or partition:first-last, separated by commas."),
]


@dead_letters.command("list")
def list_letters(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    reason: Reasons = None,
    offsets: Places = None,
    limit: Annotated[int, typer.Option(min=1, help="The most that are shown.")] = 100,
) -> None:
    """List dead letters: what was rejected, where it came from, and exactly what is wrong with it.

    Examples:

        python -m victoria_consumer dead-letters list

        python -m victoria_consumer dead-letters list --reason unknown-channel --json
    """
    settings = settings_or_exit(DeadLetterSettings, beside=Settings)
    selection = _selection(reason, offsets)
    table = Table("place", "time", "reason", "satellite", "came from", "bytes", "detail")
    shown = 0
    try:
        for letter in islice(read(settings.kafka_bootstrap, settings.topic_prefix, selection), limit):
            shown += 1
            if as_json:
                sys.stdout.write(json.dumps(_fields(letter)) + "\n")
            else:
                table.add_row(*(escape(printable(cell)) for cell in _cells(letter)))
    except KafkaException as error:
        raise _unavailable(error) from error
    if not as_json:
        out = Console(width=None if sys.stdout.isatty() else NO_TERMINAL_WIDTH)
        out.print(table if shown else "No dead letters.")


@dead_letters.command("replay")
def replay_letters(
    reason: Reasons = None,
    offsets: Places = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Send all of them, without being asked.")] = False,
) -> None:
    """Send rejected messages again to the topic they came from, with their key and headers and a mark of the replay.

    The dead letters stay where they are; what is rejected again becomes a new one. Without a selection it asks first.

    Examples:

        python -m victoria_consumer dead-letters replay --reason unknown-mission --dry-run

        python -m victoria_consumer dead-letters replay --offsets 2:17,0:5-9
    """
    settings = settings_or_exit(DeadLetterSettings, beside=Settings)
    selection = _selection(reason, offsets)
    if selection == Selection() and not (everything or dry_run):
        if not sys.stdin.isatty():
            raise typer.BadParameter("say which: --reason, --offsets, or --all")
        typer.confirm("Send every dead letter again?", abort=True)
    counts: Counter[str] = Counter()

    def count(letter: StoredDeadLetter) -> None:
        counts[letter.label.reason] += 1

    try:
        letters = read(settings.kafka_bootstrap, settings.topic_prefix, selection)
        if dry_run:
            for letter in letters:
                count(letter)
        else:
            replay(settings.kafka_bootstrap, letters, count)
    except KafkaException as error:
        raise _unavailable(error) from error
    done = "would be sent again" if dry_run else "sent again"
    each = ", ".join(f"{number} {name}" for name, number in counts.most_common())
    Console().print(f"{counts.total()} {done}" + (f": {each}" if each else ""), highlight=False)


def _selection(reason: list[str] | None, offsets: str | None) -> Selection:
    try:
        places = tuple(parse_places(place) for place in offsets.split(",")) if offsets else ()
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--offsets") from error
    return Selection(frozenset(reason or ()), places)


def _fields(letter: StoredDeadLetter) -> dict[str, Any]:
    origin = letter.label.origin
    return {
        "partition": letter.partition,
        "offset": letter.offset,
        "time": _iso(letter.time),
        "reason": letter.label.reason,
        "detail": letter.label.detail,
        "channels": list(letter.label.channels),
        "satellite_id": letter.satellite_id,
        "origin": {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset},
        "bytes": letter.size,
    }


def _cells(letter: StoredDeadLetter) -> tuple[str, ...]:
    origin = letter.label.origin
    return (
        f"{letter.partition}:{letter.offset}",
        _iso(letter.time),
        letter.label.reason,
        letter.satellite_id,
        f"{origin.topic}/{origin.partition}/{origin.offset}",
        f"{letter.size:,}",
        letter.label.detail,
    )


def printable(text: str) -> str:
    """Text as it may be shown on a terminal: what a sender could use to steer it is escaped.

    >>> printable("SAT" + chr(27) + "[31m")
    'SAT\\x1b[31m'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _unavailable(error: KafkaException) -> typer.Exit:
    Console(stderr=True).print(f"kafka: {error}", markup=False)
    return typer.Exit(EX_UNAVAILABLE)
