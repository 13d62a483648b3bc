"""Folders of recorded telemetry in the format of NASA's SMAP/MSL set: one .npz file, perhaps labels.csv beside it."""

from __future__ import annotations

import csv
import difflib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from batch_simulator.counter_rng import Floats
from batch_simulator.errors import UsageError

Split = Literal["train", "test", "both"]
PREFERRED_FILE = "smap_msl.npz"
LABELS_FILE = "labels.csv"


@dataclass(frozen=True, slots=True)
class Recording:
    """One channel's record: its values, and the command columns (0 or 1) that change in it, by column number."""

    channel: str
    values: Floats
    commands: dict[int, Floats]
    labels: list[tuple[int, int]]
    """Inclusive spans of record numbers that experts called anomalous."""


class Folder:
    """A folder of recordings."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            UsageError: it is no such folder; the message says what is missing or wrong, and where.
        """
        self.path = _data_file(path)
        try:
            self._arrays = np.load(self.path, allow_pickle=False)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise UsageError(f"{self.path}: not a NumPy .npz file: {error}") from error
        if not isinstance(self._arrays, np.lib.npyio.NpzFile):
            raise UsageError(f"{self.path}: a single array, not a .npz file of several")
        names = [name.split("|") for name in self._arrays.files]
        self.channels = list(dict.fromkeys(parts[0] for parts in names if len(parts) == 3 and parts[2] == "value"))  # noqa: PLR2004
        if not self.channels:
            raise UsageError(f"{self.path}: no key of the form <channel>|train|value or <channel>|test|value")
        self._labels = _labels(path / LABELS_FILE)

    def choose(self, wanted: str | None) -> list[str]:
        """The channels of a comma-separated list, in its order; all of them without one.

        Raises:
            UsageError: the folder has no channel of that name.
        """
        if wanted is None:
            return self.channels
        names = list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
        if not names:
            raise UsageError("--channels: no channel named")
        for name in names:
            if name not in self.channels:
                close = difflib.get_close_matches(name, self.channels, n=3) or self.channels[:5]
                raise UsageError(f"{self.path}: no channel {name!r} there; there are for example {', '.join(close)}")
        return names

    def read(self, channel: str, split: Split) -> Recording:
        """One channel, ``both`` being train followed by test.

        Raises:
            UsageError: its arrays are missing, or contradict one another.
        """
        splits = ("train", "test") if split == "both" else (split,)
        parts = [self._part(channel, name) for name in splits]
        values = np.concatenate([part[0] for part in parts])
        if len({part[1].shape[1] for part in parts}) > 1:
            raise UsageError(f"{self.path}: {channel} has not as many command columns in train as in test")
        commands = np.concatenate([part[1] for part in parts])
        changing = np.flatnonzero((commands != commands[0]).any(axis=0))
        offset = parts[0][0].size if split == "both" else 0
        spans = [] if split == "train" else self._labels.get(channel, [])
        return Recording(
            channel=channel,
            values=values,
            commands={int(column): commands[:, column].astype(np.float64) for column in changing},
            labels=[(first + offset, last + offset) for first, last in spans],
        )

    def _part(self, channel: str, split: str) -> tuple[Floats, NDArray[np.uint8]]:
        values = self._array(f"{channel}|{split}|value")
        if values is None:
            raise UsageError(f"{self.path}: no key {channel}|{split}|value")
        if values.ndim != 1 or values.size == 0 or values.dtype.kind not in "fiu":
            raise UsageError(
                f"{self.path}: {channel}|{split}|value is no row of numbers: {values.dtype} {values.shape}"
            )
        packed = self._array(f"{channel}|{split}|cmd")
        if packed is None:
            packed = np.zeros((values.size, 0), dtype=np.uint8)
        if packed.ndim != 2 or packed.shape[0] != values.size or packed.dtype != np.uint8:  # noqa: PLR2004
            raise UsageError(
                f"{self.path}: {channel}|{split}|cmd is not one row of packed bits per value: "
                f"{packed.dtype} {packed.shape} beside {values.size} values"
            )
        return values.astype(np.float64), np.unpackbits(packed.astype(np.uint8), axis=1)

    def _array(self, key: str) -> NDArray[np.generic] | None:
        if key not in self._arrays.files:
            return None
        try:
            array: NDArray[np.generic] = self._arrays[key]
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise UsageError(f"{self.path}: {key} cannot be read: {error}") from error
        return array


def _data_file(folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    files = sorted(folder.glob("*.npz"))
    preferred = [f for f in files if f.name == PREFERRED_FILE]
    if not files:
        raise UsageError(f"{folder}: no .npz file there (such as {PREFERRED_FILE})")
    if len(files) > 1 and not preferred:
        raise UsageError(f"{folder}: several .npz files there: {', '.join(f.name for f in files)}")
    return (preferred or files)[0]


def _labels(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Labelled spans by channel; none where there is no file."""
    if not path.exists():
        return {}
    labels: dict[str, list[tuple[int, int]]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                labels[row["channel"]] = [(int(first), int(last)) for first, last in json.loads(row["anomalies"])]
            except (KeyError, TypeError, ValueError) as error:
                raise UsageError(
                    f"{path}, line {line}: column channel or anomalies is missing or wrong: {error}"
                ) from error
    return labels
