"""Trains both networks on, from the weights that are served, with telemetry that was stored (``make retrain``)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from detection.scaling import level_and_spread
from training.command import ROOT, gather, produce
from training.data import Record, Source
from training.fit import Hyperparameters
from training.networks import NETWORKS
from training.onnx_weights import network_of

HELD_OUT = 5
"""One in so many of each series, the last part, is held out."""
app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    telemetry: Annotated[Path, typer.Option(help="npz: nominal telemetry, mission|satellite|channel by name")],
    source: Annotated[str, typer.Option(help="what that telemetry is, for the manifest")],
    out: Annotated[Path, typer.Option(help="model repository to write the new weights to")],
    start: Annotated[
        Path | None, typer.Option(help="folder of <model>/model.onnx to go on from; else from scratch")
    ] = None,
    work: Annotated[Path, typer.Option(help="checkpoints")] = ROOT / ".run/retrain",
    epochs: Annotated[int, typer.Option(help="at most so many epochs")] = 6,
    steps: Annotated[int, typer.Option(help="batches of an epoch")] = 100,
    learning_rate: Annotated[float, typer.Option(help="at the beginning")] = 5e-4,
    satellites: Annotated[
        int, typer.Option(help="simulated satellites in the training data; 0 for stored telemetry alone")
    ] = 6,
    days: Annotated[float, typer.Option(help="days of each of them")] = 1.0,
    per_channel: Annotated[int, typer.Option(help="training windows of each channel, at most")] = 4000,
    threads: Annotated[int, typer.Option(help="CPU threads")] = 2,
    seed: Annotated[int, typer.Option(help="seed of everything drawn at random")] = 20,
) -> None:
    """Train both networks on stored telemetry, and on some of what they were first trained on, so as not to forget it.

    Example: python -m training.retrain --telemetry span.npz --source "SAT-001, January" --out /tmp/candidate
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    records, sources = gather(satellites, days, seed) if satellites else ([], [])
    own, described = stored(telemetry, source)
    how = replace(
        Hyperparameters(), seed=seed, epochs=epochs, steps_per_epoch=steps, learning_rate=learning_rate, patience=3
    )
    starts = {name: network_of(name, start / name / "model.onnx") for name in NETWORKS} if start else {}
    produce(list(NETWORKS), how, ([*records, *own], [*sources, described]), per_channel, out, work, starts)


def stored(path: Path, source: str) -> tuple[list[Record], Source]:
    """The records of a telemetry file: each channel of a mission in its own nominal spread, whoever sent it."""
    channels: dict[str, list[np.ndarray]] = {}
    with np.load(path) as arrays:
        for key in sorted(arrays.files):
            mission, _, channel = key.split("|")
            channels.setdefault(f"stored/{mission}/{channel}", []).append(arrays[key].astype(np.float64))
    records = []
    gap = np.full(1, np.nan, np.float32)
    for name, parts in channels.items():
        level, spread = level_and_spread(np.concatenate(parts))
        scaled = [((part - level) / spread).astype(np.float32) for part in parts]
        cuts = [len(part) - len(part) // HELD_OUT for part in scaled]
        train = [piece for part, cut in zip(scaled, cuts, strict=True) for piece in (part[:cut], gap)]
        held_out = [piece for part, cut in zip(scaled, cuts, strict=True) for piece in (part[cut:], gap)]
        records.append(Record(name, np.concatenate(train), np.concatenate(held_out)))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    detail = f"{source}; {len(records)} channels, the last fifth of each held out"
    return records, Source("stored telemetry", "the operator's own", detail, digest)


if __name__ == "__main__":
    app()
