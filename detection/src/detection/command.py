"""``python -m detection FILE``: the detector on a file, without any engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer
from rich.console import Console
from rich.table import Table as Printed

from detection.api import MODELS, ChannelInput, Detector, load_calibration
from detection.calibration import Calibration, CalibrationError
from detection.files import FileError, Table, read_csv
from detection.fit import Nominal, fit_calibration
from detection.forecasters.onnx import load_forecasters
from detection.series import prepare
from detection.types import Forecaster, SubsystemJudgement
from passwatch.contracts import AnomalyEvent

ANOMALY, UNUSABLE, INSUFFICIENT = 1, 2, 3
"""Exit statuses, besides 0 for nominal."""
app = typer.Typer(add_completion=False)
out, err = Console(), Console(stderr=True)


@app.command()
def main(
    file: Annotated[Path, typer.Argument(help="CSV: a time column and one column per channel.")],
    calibration: Annotated[Path | None, typer.Option(help="A calibration file, such as a mission's.")] = None,
    nominal: Annotated[Path | None, typer.Option(help="CSV of nominal telemetry to fit a calibration on.")] = None,
    models: Annotated[Path, typer.Option(help="Triton model repository.")] = Path("triton-models/models"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the judgement as JSON.")] = False,
) -> None:
    """Judge the channels of a file as one subsystem.

    Examples: python -m detection pass.csv --calibration missions/calibration/default.json
              python -m detection today.csv --nominal last-week.csv --json

    Exit status: 0 nominal, 1 anomaly, 2 a file cannot be used, 3 too little data to judge.
    """
    if (calibration is None) == (nominal is None):
        err.print("give either --calibration or --nominal")
        raise typer.Exit(UNUSABLE)
    forecasters = load_forecasters(models, MODELS)
    try:
        table = read_csv(file)
        known = load_calibration(calibration) if calibration else fit(read_csv(nominal or file), forecasters)
    except (FileError, CalibrationError) as error:
        err.print(str(error), style="red", highlight=False)
        raise typer.Exit(UNUSABLE) from error
    judgement = Detector(known, forecasters).judge(
        [ChannelInput(name, "", table.timestamps, values, 0, len(values)) for name, values in table.channels.items()]
    )
    if as_json:
        print(msgspec.json.encode(judgement).decode())  # noqa: T201 - for a program to read
    else:
        show(judgement)
    raise typer.Exit({"NOMINAL": 0, "ANOMALY": ANOMALY}.get(judgement.verdict, INSUFFICIENT))


def fit(table: Table, forecasters: Sequence[Forecaster]) -> Calibration:
    """A calibration fitted on a file of nominal telemetry; its cadence is the file's most common step.

    Raises:
        FileError: fewer than two rows, or a channel without any value.
    """
    steps = np.diff(table.timestamps)
    steps = steps[steps > 0]
    if not len(steps):
        raise FileError("the nominal telemetry needs rows at two times or more")
    cadence = int(np.median(steps))
    group = {}
    for name, values in table.channels.items():
        series = prepare(ChannelInput(name, "", table.timestamps, values, 0, len(values)), cadence)
        if not len(series):
            raise FileError(f"the nominal telemetry has no value of {name!r}")
        group[name] = Nominal([series])
    return fit_calibration("file", cadence, "a file of nominal telemetry", [group], forecasters)


def show(judgement: SubsystemJudgement) -> None:
    """Print the verdict and its events."""
    colour = {"NOMINAL": "green", "ANOMALY": "red"}.get(judgement.verdict, "yellow")
    out.print(f"[{colour}]{judgement.verdict}[/] {judgement.reason or ''}", highlight=False)
    if not judgement.events:
        return
    table = Printed("channel", "from", "to", "severity", "score", "what")
    for event in judgement.events:
        table.add_row(
            event.channel, _when(event.start), _when(event.end), event.severity, f"{event.score:.1f}", _what(event)
        )
    out.print(table)


def _when(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _what(event: AnomalyEvent) -> str:
    return event.explanation.removeprefix(event.channel).strip()
