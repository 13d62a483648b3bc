"""Nominal telemetry to train on: recorded channels and simulated satellites, cut into windows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batch_simulator.generate import generate
from detection.scaling import level_and_spread
from passwatch.mission import Mission, load_mission
from training.networks import HORIZON, WINDOW

START_MS = 1_735_689_600_000
"""2025-01-01: the day on which simulated training telemetry begins."""

Series = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Source:
    """Where series came from: what a manifest says of them."""

    name: str
    licence: str
    detail: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """Nominal telemetry in units of each channel's spread: name, train part and held-out part."""

    channel: str
    train: Series
    held_out: Series


def recorded(path: Path) -> tuple[list[Record], Source]:
    """The train arrays of a folder in the NASA set's format; the last fifth of each is held out."""
    arrays = np.load(path / "smap_msl.npz")
    names = sorted(key.split("|")[0] for key in arrays.files if key.endswith("|train|value"))
    records = []
    for name in names:
        values = arrays[f"{name}|train|value"].astype(np.float64)
        cut = len(values) * 4 // 5
        level, spread = level_and_spread(values[:cut])
        scaled = ((values - level) / spread).astype(np.float32)
        records.append(Record(name, scaled[:cut], scaled[cut:]))
    digest = hashlib.sha256((path / "smap_msl.npz").read_bytes()).hexdigest()
    licence = "BSD-3-clause wording, (c) 2018 California Institute of Technology (khundman/telemanom)"
    return records, Source("NASA SMAP/MSL train arrays", licence, f"{len(names)} channels, last fifth held out", digest)


def simulated(mission_file: Path, satellites: int, days: float, seed: int) -> tuple[list[Record], Source]:
    """Simulated nominal satellites of a mission; the last sixth of the satellites is held out."""
    mission = load_mission(mission_file)
    count = round(days * 86_400 / mission.content.cadence_s)
    held = max(1, satellites // 6)
    flown = [_flight(mission, number, count, seed) for number in range(satellites)]
    records = []
    digest = hashlib.sha256()
    for channel in flown[0]:
        parts = [flight[channel] for flight in flown]
        for part in parts:
            digest.update(part.tobytes())
        level, spread = level_and_spread(np.concatenate(parts[:-held]))
        scaled = [((part - level) / spread).astype(np.float32) for part in parts]
        gap = np.full(1, np.nan, np.float32)
        train = np.concatenate([piece for part in scaled[:-held] for piece in (part, gap)])
        held_out = np.concatenate([piece for part in scaled[-held:] for piece in (part, gap)])
        records.append(Record(f"{mission.id}/{channel}", train, held_out))
    detail = f"{satellites} satellites, {days:g} days each from {START_MS} ms, seed {seed}, the last {held} held out"
    return records, Source(f"batch-simulator, mission {mission.id}", "Apache-2.0", detail, digest.hexdigest())


def _flight(mission: Mission, number: int, count: int, seed: int) -> dict[str, NDArray[np.float64]]:
    start = START_MS + number * 9 * 86_400_000
    return generate(mission, f"TRAIN-{number:03d}", start, count, mission.content.cadence_s, seed + number).channels


def windows(series: Series, stride: int = 1) -> Series:
    """All windows and what follows them, [n, 30]; none spans a missing sample."""
    if len(series) < WINDOW + HORIZON:
        return np.empty((0, WINDOW + HORIZON), np.float32)
    cut = np.lib.stride_tricks.sliding_window_view(series, WINDOW + HORIZON)[::stride]
    return cut[np.isfinite(cut).all(1)]


def balanced(records: list[Record], per_channel: int, rng: np.random.Generator) -> Series:
    """Training windows [n, 30]: at most ``per_channel`` of each channel, so that no long record drowns the others."""
    chosen = []
    for record in records:
        cut = windows(record.train)
        moving = cut[(cut.max(1) - cut.min(1)) > 0]
        if len(moving):
            chosen.append(moving[rng.choice(len(moving), min(per_channel, len(moving)), replace=False)])
    return np.concatenate(chosen)
