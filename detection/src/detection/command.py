"""The detector on files, without any engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from detection.api import load_calibration
from detection.calibration import CalibrationError, save_calibration
from detection.evaluation.command import main as evaluate
from detection.files import FileError, Table, read
from detection.tool import judging, missions, output, weights
from detection.tool.cadence import paced
from detection.tool.report import file_report
from detection.tool.spans import nominal_rows
from detection.types import Forecaster
from passwatch.mission import Mission, MissionError, load_mission

UNUSABLE, ANOMALY, INSUFFICIENT = 2, 3, 4
"""Exit statuses, besides 0 for judged; 1 is left to unexpected errors."""
app = typer.Typer(name="passwatch", add_completion=False, no_args_is_help=True, help=__doc__)
console, err = Console(), Console(stderr=True)


@app.command()
def detect(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet: a time column and one column per channel.")],
    calibration: Annotated[Path | None, typer.Option(help="Judge by this calibration file.")] = None,
    nominal: Annotated[Path | None, typer.Option(help="Fit on this file of nominal telemetry.")] = None,
    fit: Annotated[str | None, typer.Option(metavar="FROM..TO", help="Fit on the rows of this span.")] = None,
    nominal_count: Annotated[
        int | None, typer.Option("--nominal-rows", metavar="N", min=1, help="Fit on the first N rows.")
    ] = None,
    representative: Annotated[
        bool, typer.Option("--representative", help="What is fitted on shows all that is nominal, however short it is.")
    ] = False,
    save: Annotated[Path | None, typer.Option("--save-calibration", help="Keep the fitted calibration.")] = None,
    mission_file: Annotated[
        Path | None, typer.Option("--mission", help="Mission file: units, limits, subsystems, resolutions.")
    ] = None,
    models: Annotated[Path | None, typer.Option(help="Model repository, if not the one that came along.")] = None,
    time: Annotated[str | None, typer.Option(help="Name of the time column.")] = None,
    time_unit: Annotated[str | None, typer.Option(help="s, ms, us or ns, where times are counts since 1970.")] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Judge this column, not all; may be repeated, or NAME,NAME."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report with a picture per channel.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the whole judgement as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the judgement as JSON instead of a table.")] = False,
    fail_on_anomaly: Annotated[bool, typer.Option(help="Report the verdict by the exit status.")] = False,
) -> None:
    """Judge the channels of a file; fit on nominal telemetry first, or load a calibration.

    Without --calibration, --nominal, --fit or --nominal-rows the file's first half is taken as nominal.
    Times are ISO 8601 (UTC where no zone is given) or counts since 1970; empty cells are missing samples.

    Examples:

    passwatch detect pass.csv --calibration missions/calibration/default.json --mission missions/default.json

    passwatch detect week.parquet --fit 2026-01-01..2026-01-04 --html week.html

    passwatch detect today.csv --nominal last-week.csv --save-calibration sat.json --json

    Exit status: 0 judged, 2 a file or an option cannot be used; with --fail-on-anomaly 3 for an anomaly and 4 for
    too little data.
    """
    if sum(option is not None for option in (calibration, nominal, fit, nominal_count)) > 1:
        _refuse("give one of --calibration, --nominal, --fit and --nominal-rows")
    if calibration is not None and representative:
        _refuse("--representative is about what is fitted on; --calibration loads what was fitted before")
    if calibration is not None and save is not None:
        _refuse("--save-calibration keeps a calibration that was fitted here; --calibration loads one")
    if time_unit is not None and time_unit not in ("s", "ms", "us", "ns"):
        _refuse(f"--time-unit {time_unit}: s, ms, us or ns")
    try:
        repository = weights.forecasters(weights.repository(models))
        mission = load_mission(mission_file) if mission_file else None
        table = read(file, time, time_unit, columns or ())
        reference = read(nominal, time, time_unit, columns or ()) if nominal else None
        judgement = _work(
            file, table, reference, repository, mission, calibration, fit, nominal_count, representative=representative
        )
        if save is not None:
            save_calibration(judgement.calibration, save)
        if out is not None:
            _write(out, judgement.json())
        if html is not None:
            _write(html, file_report(judgement).encode())
    except (FileError, CalibrationError, MissionError, weights.NoWeights) as error:
        _refuse(str(error))
    if as_json:
        print(judgement.json().decode())  # noqa: T201 - for a program to read
    else:
        output.show(console, judgement)
    if fail_on_anomaly:
        raise typer.Exit({"NOMINAL": 0, "ANOMALY": ANOMALY}.get(judgement.judgement.verdict, INSUFFICIENT))


app.command("evaluate")(evaluate)
app.add_typer(missions.app, name="mission")


def _work(
    file: Path,
    table: Table,
    reference: Table | None,
    repository: list[Forecaster],
    mission: Mission | None,
    calibration: Path | None,
    span: str | None,
    count: int | None,
    *,
    representative: bool,
) -> output.Document:
    """Fit or load a calibration and judge the file, with a progress bar."""
    measured = paced(table)
    table, cadence = measured.table, measured.cadence_ms
    notes, warnings = table.notes, table.warnings
    if mission is not None:
        notes += judging.context_columns(table, mission)
        warnings += judging.unknown_columns(table, mission)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=err, transient=True
    ) as progress:

        def with_progress(what: str, rows: Table) -> list[Forecaster]:
            total = judging.windows_to_forecast(len(rows), len(rows.channels), len(repository))
            task = progress.add_task(what, total=total)
            return [weights.WithProgress(one, lambda count: progress.advance(task, count)) for one in repository]

        fitted = None
        if calibration is not None:
            known = load_calibration(calibration)
            judging.check_cadence(cadence, known.cadence_ms, f"{calibration}")
            notes += (f"judged by calibration {known.revision}, fitted on {known.source}",)
            warnings += judging.uncalibrated_columns(table, mission, known)
        else:
            if reference is not None:
                nominal = paced(reference)
                judging.check_cadence(nominal.cadence_ms, cadence, "what it is to be fitted for")
                telemetry, source = nominal.table, "a file of nominal telemetry"
                warnings += tuple(f"nominal telemetry: {warning}" for warning in telemetry.warnings)
            else:
                rows, source = nominal_rows(table, span, count)
                telemetry = table.rows(rows)
                fitted = int(telemetry.timestamps[0]), int(telemetry.timestamps[-1])
            fitting = with_progress("fitting", telemetry)
            known = judging.fit(telemetry, mission, cadence, source, fitting, representative=representative)
            notes += (f"fitted on {source}{', said to be representative' if representative else ''}",)
        table = replace(table, notes=notes, warnings=warnings)
        judged = judging.judge(table, mission, known, with_progress("judging", table))
        return output.Document(file, table, known, fitted, measured.shown, judged)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise FileError(f"{path}: {error}") from error


def _refuse(why: str) -> NoReturn:
    err.print(why, style="red", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(UNUSABLE)
