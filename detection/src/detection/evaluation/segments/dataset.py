"""Folders that hold ``segments.npz``: segments of channels, each nominal or anomalous as a whole."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detection.evaluation.dataset import DatasetError
from detection.types import Floats

FILE = "segments.npz"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its ``number`` in the data set, ``values`` [n] at ``sampling`` s, whether it is one to fit on
    (``train``), and whether it is anomalous (None: not labelled).
    """

    number: int
    channel: str
    sampling: int
    values: Floats
    train: bool
    anomaly: bool | None


def load(folder: Path) -> list[Segment]:
    """The segments of the folder's ``segments.npz``, in their order.

    The file's arrays: ``values`` [n]; ``offset`` int [k + 1], segment i is ``values[offset[i]:offset[i + 1]]``;
    ``segment`` (number), ``channel``, ``sampling`` (s), ``train`` (0 or 1) and, where there are labels, ``anomaly``
    (0 or 1), all [k].

    Raises:
        DatasetError: the file is missing or no such file, an array is missing or of another length, or a segment
            holds nothing.
    """
    path = folder / FILE
    try:
        with np.load(path, allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path}: {error}") from error
    missing = [name for name in ("values", "offset", "segment", "channel", "sampling", "train") if name not in arrays]
    if missing:
        raise DatasetError(f"{path}: no array {', '.join(missing)}; there are {', '.join(arrays)}")
    offsets = arrays["offset"]
    _check(path, arrays, offsets)
    anomaly = arrays.get("anomaly")
    return [
        Segment(
            number=int(arrays["segment"][i]),
            channel=str(arrays["channel"][i]),
            sampling=int(arrays["sampling"][i]),
            values=arrays["values"][offsets[i] : offsets[i + 1]].astype(np.float64),
            train=bool(arrays["train"][i]),
            anomaly=None if anomaly is None else bool(anomaly[i]),
        )
        for i in range(len(offsets) - 1)
    ]


def _check(path: Path, arrays: dict[str, NDArray[np.generic]], offsets: NDArray[np.generic]) -> None:
    count = len(offsets) - 1
    for name in ("segment", "channel", "sampling", "train", "anomaly"):
        if name in arrays and arrays[name].shape != (count,):
            raise DatasetError(f"{path}: {name} is {arrays[name].shape}, and {count} segments are marked by offset")
    bounds = np.asarray(offsets, dtype=np.int64)
    if count < 1 or bounds[0] != 0 or bounds[-1] != len(arrays["values"]) or (np.diff(bounds) < 1).any():
        raise DatasetError(f"{path}: offset must rise from 0 to the {len(arrays['values'])} values")
    if len(np.unique(arrays["segment"])) != count:
        raise DatasetError(f"{path}: two segments have the same number")
