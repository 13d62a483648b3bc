"""``passwatch mission``: a mission file checked before a service reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Printed

from detection.api import CalibrationError, load_calibration
from detection.files import FileError, Table, read
from detection.limits import violated
from detection.tool.cadence import paced
from detection.tool.judging import check_cadence, unknown_columns
from detection.words import counted, listed
from passwatch.mission import Channel, Limits, Mission, MissionError, load_mission

UNUSABLE = 2
app = typer.Typer(help="Check a mission file.", no_args_is_help=True)
console, err = Console(), Console(stderr=True)
_LIMITS = ("critical_low", "warning_low", "warning_high", "critical_high")
"""In the order in which their values rise."""


@app.callback()
def mission() -> None:
    """Mission files."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The mission file.")],
    telemetry: Annotated[
        Path | None, typer.Option(help="Nominal telemetry, CSV or Parquet, that the mission is to describe.")
    ] = None,
) -> None:
    """Check a mission file, and say what would improve it.

    Example: passwatch mission check missions/mysat.json --telemetry nominal.csv

    Exit status: 0 it can be used, 2 it cannot, or contradicts itself or the telemetry.
    """
    try:
        known = load_mission(file)
        faults = list(_faults(known))
        remarks = [*_remarks(known), *_calibrated(known, file)]
        if telemetry is not None:
            table = read(telemetry)
            check_cadence(paced(table).cadence_ms, known.cadence_ms, f"mission {known.id}")
            remarks += [*unknown_columns(table, known), *_held_against(table, known)]
    except (MissionError, FileError, CalibrationError) as error:
        faults = [str(error)]
    if faults:
        for fault in faults:
            err.print(fault, style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(UNUSABLE)
    _show(known, remarks)


def _faults(mission: Mission) -> Iterator[str]:
    """Contradictions with which a mission would load, and judge wrongly."""
    for satellite in mission.content.satellites:
        if not mission.has_satellite(satellite.id):
            yield f"satellite {satellite.id!r} does not match satellite_pattern {mission.content.satellite_pattern!r}"
    for channel in mission.channels:
        bounds = [(name, value) for name in _LIMITS if (value := getattr(channel.limits, name)) is not None]
        for (lower, low), (upper, high) in pairwise(bounds):
            if low > high:
                yield f"channel {channel.name!r}: {lower} {low:g} lies above {upper} {high:g}"


def _remarks(mission: Mission) -> Iterator[str]:
    judged = [channel for channel in mission.channels if channel.role == "judged"]
    for what, missing in (
        ("no unit", [c.name for c in judged if not c.unit]),
        ("no resolution, so that its words have four digits", [c.name for c in judged if c.resolution is None]),
        ("no limits", [c.name for c in judged if c.limits == Limits()]),
    ):
        if missing:
            yield f"{what}: {listed(missing)}"


def _calibrated(mission: Mission, file: Path) -> Iterator[str]:
    """What the calibration beside the file lacks.

    Raises:
        CalibrationError: it cannot be read.
    """
    path = file.parent / "calibration" / f"{mission.id}.json"
    if not path.exists():
        yield f"no calibration {path}: until there is one, only static limits are judged"
        return
    fitted = load_calibration(path)
    missing = [c.name for c in mission.channels if c.role == "judged" and c.name not in fitted.channels]
    if fitted.cadence_ms != mission.cadence_ms:
        yield f"{path} is for a record every {fitted.cadence_ms / 1000:g} s, not {mission.cadence_ms / 1000:g} s"
    if missing:
        yield f"not in {path}: {listed(missing)}"


def _held_against(table: Table, mission: Mission) -> Iterator[str]:
    """Judged channels that telemetry lacks, and where it is beyond the limits that the mission gives."""
    judged: Sequence[Channel] = [channel for channel in mission.channels if channel.role == "judged"]
    if missing := [channel.name for channel in judged if channel.name not in table.channels]:
        yield f"not in the telemetry: {listed(missing)}"
    for channel in judged:
        values = table.channels.get(channel.name, np.empty(0))
        extremes = (
            [float(value) for value in (np.nanmin(values), np.nanmax(values))] if np.isfinite(values).any() else []
        )
        for value in extremes:
            if said := violated(value, channel.limits):
                yield f"channel {channel.name!r}: {value:g} {channel.unit} is {said}: is it nominal, and in that unit?"


def _show(mission: Mission, remarks: Sequence[str]) -> None:
    content = mission.content
    console.print(
        f"{content.id}: {content.name}, a record every {content.cadence_s:g} s, revision {mission.revision}",
        highlight=False,
        markup=False,
    )
    table = Printed("subsystem", "judged", "context", "with limits", "with resolution", box=SIMPLE_HEAD, pad_edge=False)
    for subsystem in dict.fromkeys(channel.subsystem for channel in mission.channels):
        own = [channel for channel in mission.channels if channel.subsystem == subsystem]
        judged = [channel for channel in own if channel.role == "judged"]
        limited = [channel for channel in judged if any(getattr(channel.limits, name) is not None for name in _LIMITS)]
        stepped = [channel for channel in judged if channel.resolution is not None]
        counts = (len(judged), len(own) - len(judged), len(limited), len(stepped))
        table.add_row(escape(subsystem), *map(str, counts))
    if mission.channels:
        console.print(table)
    if content.channel_patterns:
        console.print(counted(len(content.channel_patterns), "channel pattern"), highlight=False)
    for remark in remarks:
        console.print(remark, style="yellow", highlight=False, markup=False)
    console.print("It can be used.", style="green")
