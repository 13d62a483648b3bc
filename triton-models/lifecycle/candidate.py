"""``make retrain``: telemetry of a span, both networks trained on with it, calibrations fitted with them, a candidate.

Nothing that is in force changes: the candidate is added to the model repository beside what is served.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from analysis_worker.fit import CannotFit, Fitter
from analysis_worker.models import ServedModels
from detection.api import MODELS, Forecaster
from detection.files import FileError
from detection.forecasters.onnx import OnnxForecaster, load_forecasters
from lifecycle.replay import milliseconds
from lifecycle.server import Refused, Server
from lifecycle.telemetry import Telemetry, from_files, from_storage
from lifecycle.weights import Weights
from passwatch.contracts import CalibrationTask
from passwatch.mission import Mission, load_missions
from passwatch.victoria import VictoriaClient, VictoriaUnavailable

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("passwatch", "detection", "batch-simulator")
"""The project's packages that training reads from their sources."""
FAILED = 1
FEWEST_FITTED = 100
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out, err = Console(), Console(stderr=True)


class Failed(Exception):
    """There is no candidate; the message says why."""


@app.command()
def main(
    *,
    mission: Annotated[str, typer.Option(help="the mission whose telemetry to train on")] = "default",
    satellite: Annotated[str | None, typer.Option(help="this satellite alone")] = None,
    first: Annotated[str | None, typer.Option("--from", help="ISO 8601 with offset")] = None,
    last: Annotated[str | None, typer.Option("--to", help="the same")] = None,
    data: Annotated[
        Path | None, typer.Option(help="a telemetry file, or a folder of such, instead of a span; a file a satellite")
    ] = None,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="instead of going on from the weights in force")
    ] = False,
    epochs: Annotated[int, typer.Option(help="at most so many epochs")] = 6,
    steps: Annotated[int, typer.Option(help="batches of an epoch")] = 100,
    satellites: Annotated[
        int, typer.Option(help="simulated satellites in the training data; 0: stored telemetry alone")
    ] = 6,
    calibration_satellites: Annotated[
        int, typer.Option(help="simulated satellites to fit a shipped mission's calibration on")
    ] = 60,
    calibration_days: Annotated[float, typer.Option(help="days of each of them")] = 2.0,
    folder: Annotated[
        Path, typer.Option("--out", help="folder for the result, written even where it is not sent to the API")
    ] = ROOT / ".run/candidate",
    register: Annotated[bool, typer.Option(help="add it to the stack's model repository")] = True,
    api_url: Annotated[str, typer.Option(envvar="PASSWATCH_API_URL", help="base URL of the API")] = "http://127.0.0.1",
    victoria_url: Annotated[
        str, typer.Option(envvar="PASSWATCH_VICTORIA_URL", help="VictoriaMetrics")
    ] = "http://127.0.0.1:8428",
    missions_dir: Annotated[Path, typer.Option(help="folder of the mission files")] = ROOT / "missions",
) -> None:
    """Train both networks on with nominal telemetry of a span, fit calibrations with them, and add the candidate.

    Example: make retrain ARGS="--satellite SAT-001 --from 2026-01-01T00:00:00Z --to 2026-01-15T00:00:00Z"
    """
    if (data is None) == (first is None or last is None):
        raise typer.BadParameter("give either --from and --to, or --data")
    missions = load_missions(missions_dir)
    if mission not in missions:
        raise typer.BadParameter(f"there is no mission {mission}; there are {', '.join(missions)}")
    server, victoria = Server(api_url), VictoriaClient(victoria_url)
    span = (milliseconds(first), milliseconds(last)) if first and last else None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        telemetry, source = _telemetry(victoria, missions[mission], satellite, span, data)
        np.savez_compressed(folder / "telemetry.npz", **telemetry)  # type: ignore[arg-type]
        samples = sum(int(np.isfinite(values).sum()) for values in telemetry.values())
        err.print(f"{source}: {len(telemetry)} series, {samples:,} samples", highlight=False)
        in_force = server.in_force() if register else []
        start = None if from_scratch else _start(server, in_force, folder, register=register)
        options = ["--epochs", str(epochs), "--steps", str(steps), "--satellites", str(satellites)]
        _train(folder, source, start, options)
        fitted = Calibrations(server, victoria, missions, folder)
        contents = fitted.all(in_force, ["--satellites", str(calibration_satellites), "--days", str(calibration_days)])
        body = _body(folder / "models", contents)
        (folder / "version.json").write_text(json.dumps(body))
        if not register:
            out.print(f"[green]✔[/green] a candidate is in {folder}", highlight=False)
            return
        added = server.post("/models/versions", body)
    except (Failed, Refused, FileError, CannotFit, VictoriaUnavailable) as error:
        err.print(f"[red]✘[/red] {error}", highlight=False)
        raise typer.Exit(FAILED) from None
    number = added["number"]
    out.print(f"[green]✔[/green] version {number} is in the model repository; nothing is judged by it", highlight=False)
    for model, size in added["held_out_error"].items():
        out.print(f"  {model} {added['models'][model]}: error {size:.4f} on held-out telemetry", highlight=False)
    out.print(f"next: make shadow VERSION={number}, then make promote VERSION={number}", highlight=False)


class Calibrations:
    """Fits, with the candidate's weights, what is in force anew."""

    def __init__(self, server: Server, victoria: VictoriaClient, missions: Mapping[str, Mission], folder: Path) -> None:
        self._server, self._victoria, self._missions, self._folder = server, victoria, missions, folder
        self._forecasters = load_forecasters(folder / "models", MODELS)

    def all(self, in_force: list[dict[str, Any]], simulated: list[str]) -> list[dict[str, Any]]:
        """A calibration for each scope that has one: on the span that it was fitted on, or as the shipped ones are."""
        items = [self._server.get(f"/calibrations/{scope['revision']}") for scope in in_force]
        shipped = sorted({item["mission"] for item in items if item["from"] is None})
        made = self._shipped(shipped, simulated) if shipped else {}
        return [
            {
                "mission": item["mission"],
                "satellite_id": item["satellite_id"],
                "calibration": made[item["mission"]] if item["from"] is None else self._again(item),
            }
            for item in items
        ]

    def _shipped(self, missions: list[str], options: list[str]) -> dict[str, Any]:
        """As ``make calibrate`` does it."""
        with tempfile.TemporaryDirectory() as folder:
            for mission in missions:
                shutil.copyfile(ROOT / "missions" / f"{mission}.json", Path(folder) / f"{mission}.json")
            command = ["-m", "training.calibrate", "--missions", folder, "--models", str(self._folder / "models")]
            _run([_python(".venv"), *command, *options])
            return {
                mission: json.loads((Path(folder) / "calibration" / f"{mission}.json").read_bytes())
                for mission in missions
            }

    def _again(self, item: dict[str, Any]) -> dict[str, Any]:
        models = ServedModels([_Candidate(forecaster) for forecaster in self._forecasters])
        fitter = Fitter(self._missions, models, self._victoria, lambda: time.time_ns() // 1_000_000)
        task = CalibrationTask(
            fit_id="candidate",
            mission=item["mission"],
            satellite_id=item["satellite_id"],
            first_time=milliseconds(item["from"]),
            last_time=milliseconds(item["to"]),
            minimum_samples=FEWEST_FITTED,
            requested_at=0,
        )
        content = fitter.fit(task).calibration
        if content is None:
            raise Failed(f"no calibration for {item['mission']}/{item['satellite_id']}")
        return content


class _Candidate:
    """A forecaster that is the only version there is."""

    def __init__(self, forecaster: OnnxForecaster) -> None:
        self.model, self._forecaster = forecaster.model, forecaster

    def at(self, _version: str | None) -> Forecaster:
        """Itself."""
        return self._forecaster


def _telemetry(
    victoria: VictoriaClient, mission: Mission, satellite: str | None, span: tuple[int, int] | None, data: Path | None
) -> tuple[Telemetry, str]:
    """What to train on, and in words what that is."""
    if data is not None:
        paths = sorted(path for path in data.iterdir() if path.is_file()) if data.is_dir() else [data]
        found, source = from_files(paths, mission), f"{len(paths)} files of mission {mission.id}"
    elif span is not None:
        found = from_storage(victoria, mission, satellite, *span)
        who = satellite or f"mission {mission.id}"
        source = f"{who}, {_iso(span[0])} to {_iso(span[1])}"
    else:
        raise Failed("neither a span nor files")
    if not found:
        raise Failed(f"no telemetry: {source}")
    return found, source


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _start(server: Server, in_force: list[dict[str, Any]], folder: Path, *, register: bool) -> Path:
    """A folder of the weights in force: of the mission's calibration that was activated last; else the shipped ones."""
    target = folder / "start"
    if not register:
        for model in MODELS:
            newest = max((ROOT / "triton-models/models" / model).glob("[0-9]*"), key=lambda path: int(path.name))
            (target / model).mkdir(parents=True)
            shutil.copyfile(newest / "model.onnx", target / model / "model.onnx")
        return target
    scopes = [scope for scope in in_force if scope["satellite_id"] is None]
    if not scopes:
        raise Failed("nothing is in force to go on from; --from-scratch does not need it")
    models = server.get(f"/calibrations/{scopes[0]['revision']}")["models"]
    weights = Weights(server, folder / "weights")
    for model, version in models.items():
        (target / model).mkdir(parents=True)
        shutil.copyfile(weights.fetch(model, version), target / model / "model.onnx")
    return target


def _train(folder: Path, source: str, start: Path | None, options: list[str]) -> None:
    """Train in the environment that has torch."""
    sources = ["--telemetry", str(folder / "telemetry.npz"), "--source", source, "--out", str(folder / "models")]
    going_on = ["--start", str(start)] if start else []
    command = [_python(".venv-train"), "-m", "training.retrain", *sources, *going_on, "--work", str(folder / "work")]
    _run([*command, *options], PYTHONPATH=":".join(str(ROOT / library / "src") for library in LIBRARIES))


def _run(command: list[str], **env: str) -> None:
    done = subprocess.run(command, cwd=ROOT / "triton-models", env=os.environ | env, check=False)  # noqa: S603
    if done.returncode:
        raise Failed(f"{' '.join(command[1:3])} ended with status {done.returncode}")


def _python(venv: str) -> str:
    return str(ROOT / venv / "bin/python")


def _body(models: Path, contents: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "models": {
            model: {
                "onnx": base64.b64encode((models / model / "1" / "model.onnx").read_bytes()).decode(),
                "manifest": json.loads((models / model / "manifest.json").read_bytes()),
            }
            for model in MODELS
        },
        "calibrations": contents,
    }


if __name__ == "__main__":
    app()
