"""The training command: data, training, export, manifest."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from training.baselines import Autoregression, persistence
from training.data import WINDOW, Record, Series, Source, balanced, recorded, simulated, windows
from training.export import configure, draw, export, write_manifest
from training.fit import Curve, Hyperparameters, train
from training.networks import NETWORKS, Normalised

ROOT = Path(__file__).resolve().parents[2]
VERSION = "1"
app = typer.Typer(add_completion=False)
console = Console(stderr=True)


@app.command()
def main(
    *,
    out: Annotated[Path, typer.Option(help="Model repository to write.")] = ROOT / "triton-models/models",
    work: Annotated[Path, typer.Option(help="Checkpoints; an interrupted run resumes.")] = ROOT / ".run/train",
    model: Annotated[list[str] | None, typer.Option(help="Only this model (repeatable).")] = None,
    epochs: Annotated[int, typer.Option(help="At most so many epochs.")] = 30,
    steps: Annotated[int, typer.Option(help="Batches of an epoch.")] = 200,
    satellites: Annotated[int, typer.Option(help="Simulated satellites of the default mission.")] = 12,
    days: Annotated[float, typer.Option(help="Days of each simulated satellite.")] = 1.0,
    per_channel: Annotated[int, typer.Option(help="Training windows of each channel, at most.")] = 8000,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn at random.")] = 20,
    check: Annotated[bool, typer.Option(help="Train a reduced run and only check what it learns.")] = False,
) -> None:
    """Train both networks on nominal telemetry and export them for Triton.

    Example: python -m training --epochs 3 --satellites 3 --out /tmp/models
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    names = model or list(NETWORKS)
    if check:
        with tempfile.TemporaryDirectory() as folder:
            how = replace(Hyperparameters(), seed=seed, epochs=3, steps_per_epoch=60)
            data = gather(2, 0.5, seed)
            _check(produce(names, how, data, 1000, Path(folder) / "models", Path(folder) / "work"))
        return
    how = replace(Hyperparameters(), seed=seed, epochs=epochs, steps_per_epoch=steps)
    produce(names, how, gather(satellites, days, seed), per_channel, out, work)


def produce(
    names: list[str],
    how: Hyperparameters,
    data: tuple[list[Record], list[Source]],
    per_channel: int,
    out: Path,
    work: Path,
    starts: Mapping[str, Normalised] | None = None,
) -> dict[str, dict[str, Any]]:
    """Train, export and describe each network, with at most ``per_channel`` windows of each channel; their manifests.

    A network that ``starts`` has is trained on from there.
    """
    records, sources = data
    cut = balanced(records, per_channel, np.random.default_rng(how.seed))
    fold = np.arange(len(cut)) % 10 == 0
    console.print(f"{len(cut):,} training windows of {len(records)} channels")
    linear = Autoregression(cut[~fold])
    manifests = {}
    for name in names:
        since = time.monotonic()
        network, curve = _train(name, cut[~fold], cut[fold], how, work, (starts or {}).get(name))
        seconds = time.monotonic() - since
        folder = out / name
        difference = export(network, folder / VERSION / "model.onnx")
        metrics = evaluate(network, linear, records)
        manifests[name] = {
            "model": name,
            "version": VERSION,
            "onnx_sha256": configure(folder, name, VERSION),
            "parameters": sum(p.numel() for p in network.parameters()),
            "hyperparameters": asdict(how) | {"windows_per_channel": per_channel},
            "data": [asdict(source) for source in sources],
            "code_sha256": code_hash(),
            "torch": str(torch.__version__),
            "training": {"epochs": len(curve.train), "kept_epoch": curve.best + 1, "seconds": round(seconds, 1)},
            "export_difference": difference,
            "held_out": metrics,
        }
        draw(curve, name, folder / "curves.png")
        write_manifest(folder, manifests[name])
        _show(name, curve, metrics)
    return manifests


def _check(manifests: dict[str, dict[str, Any]]) -> None:
    """End with an error unless each network learned to forecast better than both baselines."""
    for name, manifest in manifests.items():
        errors = manifest["held_out"]["mean_absolute_error"]
        worse = [baseline for baseline in ("persistence", "autoregression") if errors["network"] >= errors[baseline]]
        if worse:
            console.print(f"{name} did not learn: its error {errors['network']:.4f} is not below {', '.join(worse)}")
            raise typer.Exit(1)
    console.print(f"{len(manifests)} networks learned, and their exports compute what torch computes")


def evaluate(network: Normalised, linear: Autoregression, records: list[Record]) -> dict[str, Any]:
    """Mean absolute error on held-out nominal telemetry, in nominal spreads: the network and the baselines.

    Overall it is the mean over channels, so that each counts the same.
    """
    forecasters = {
        "network": lambda past: _forecast(network, past),
        "persistence": persistence,
        "autoregression": linear,
    }
    errors: dict[str, dict[str, float]] = {name: {} for name in forecasters}
    for record in records:
        cut = windows(record.held_out, stride=5)
        if not len(cut):
            continue
        for name, forecaster in forecasters.items():
            found = forecaster(cut[:, :WINDOW])
            errors[name][record.channel] = float(np.abs(found - cut[:, WINDOW:]).mean())
    overall = {name: float(np.mean(list(channel.values()))) for name, channel in errors.items()}
    wins = sum(errors["network"][c] <= errors["persistence"][c] for c in errors["network"])
    return {
        "mean_absolute_error": overall,
        "channels": len(errors["network"]),
        "channels_better_than_persistence": wins,
        "by_channel": {c: round(e, 6) for c, e in sorted(errors["network"].items())},
    }


def code_hash() -> str:
    """SHA-256 over the sources that decide what the weights become."""
    digest = hashlib.sha256()
    for name in ("baselines", "data", "export", "fit", "networks"):
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def gather(satellites: int, days: float, seed: int) -> tuple[list[Record], list[Source]]:
    """The recorded channels, and simulated ones of so many satellites of the default mission and a third of the
    simple one.
    """
    records, source = recorded(ROOT / "datasets/nasa-smap-msl")
    sources = [source]
    for mission, count in (("default", satellites), ("simple", satellites // 3)):
        if count:
            more, source = simulated(ROOT / "missions" / f"{mission}.json", count, days, seed)
            records += more
            sources.append(source)
    return records, sources


def _forecast(network: Normalised, past: Series) -> Series:
    with torch.no_grad():
        return np.concatenate([network(part).numpy() for part in torch.split(torch.from_numpy(past.copy()), 4096)])


def _train(
    name: str,
    train_cut: Series,
    validation_cut: Series,
    how: Hyperparameters,
    work: Path,
    start: Normalised | None = None,
) -> tuple[Normalised, Curve]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(name, total=how.epochs, state="")

        def report(epoch: int, loss: float, validation: float) -> None:
            state = f"epoch {epoch + 1}: loss {loss:.4f}, validation {validation:.4f}"
            progress.update(task, completed=epoch + 1, state=state)

        return train(name, train_cut, validation_cut, how, work, report, start)


def _show(name: str, curve: Curve, metrics: dict[str, Any]) -> None:
    table = Table("forecaster", "mean absolute error (nominal spreads)", title=f"{name}: held-out nominal telemetry")
    for forecaster, error in metrics["mean_absolute_error"].items():
        table.add_row(name if forecaster == "network" else forecaster, f"{error:.4f}")
    console.print(table)
    console.print(f"kept epoch {curve.best + 1} of {len(curve.train)}")
