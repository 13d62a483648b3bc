"""Folders in the format of the NASA SMAP/MSL set: ``*.npz`` of train and test arrays, and labels if there are any."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detection.types import Floats

Span = tuple[int, int]
"""First and last sample of an event, inclusive."""


class DatasetError(ValueError):
    """The folder cannot be evaluated; the message names the file and what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One channel: nominal ``train`` [n] to fit on, ``test`` [m] to judge, and its labelled events (None: not
    labelled). ``spacecraft`` is empty where the labels do not say it.
    """

    channel: str
    train: Floats
    test: Floats
    events: tuple[Span, ...] | None
    spacecraft: str = ""
    representative: bool = False
    """Whether the train array shows all that is nominal."""


def load(folder: Path) -> list[Recording]:
    """All channels of the folder's ``.npz`` files, by name.

    Raises:
        DatasetError: there is no such file, an array is missing, or a label is outside its test array.
    """
    arrays: dict[str, Floats] = {}
    for path in sorted(folder.glob("*.npz")):
        try:
            with np.load(path, allow_pickle=False) as loaded:
                arrays |= {key: loaded[key].astype(np.float64) for key in loaded.files if key.endswith("|value")}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise DatasetError(f"{path}: {error}") from error
    names = sorted({key.split("|")[0] for key in arrays})
    if not names:
        raise DatasetError(f"{folder}: no .npz file with <channel>|train|value arrays there")
    labels = _labels(folder / "labels.csv")
    recordings = []
    for name in names:
        try:
            train, test = arrays[f"{name}|train|value"], arrays[f"{name}|test|value"]
        except KeyError as error:
            raise DatasetError(f"{folder}: array {error} is missing") from error
        _check(f"{folder}: {name}", train, test)
        spacecraft, events = labels.get(name, ("", None))
        if any(not 0 <= first <= last < len(test) for first, last in events or ()):
            raise DatasetError(f"{folder}/labels.csv: {name}: an event is outside its {len(test)} samples")
        recordings.append(Recording(name, train, test, events, spacecraft))
    return recordings


def _check(where: str, train: Floats, test: Floats) -> None:
    if train.ndim != 1 or test.ndim != 1:
        raise DatasetError(f"{where}: train {train.shape} and test {test.shape} must be vectors")
    if not np.isfinite(train).any():
        raise DatasetError(f"{where}: train holds no number to fit on")
    if not len(test):
        raise DatasetError(f"{where}: test is empty")


def _labels(path: Path) -> dict[str, tuple[str, tuple[Span, ...]]]:
    """Spacecraft and events by channel; none where there is no such file."""
    if not path.exists():
        return {}
    found = {}
    with path.open(newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), 2):
            try:
                spans = json.loads(row["anomalies"])
                events = tuple((int(first), int(last)) for first, last in spans)
                found[row["channel"]] = row.get("spacecraft") or "", events
            except (KeyError, TypeError, ValueError) as error:
                raise DatasetError(f"{path}, line {number}: {error!r}") from error
    return found
