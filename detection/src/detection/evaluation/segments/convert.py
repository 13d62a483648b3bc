"""Makes ``segments.npz`` of OPS-SAT-AD's official files, ``dataset.csv`` and ``segments.csv``.

B. Ruszczak, K. Kotowski, D. Evans, J. Nalepa, "The OPS-SAT benchmark for detecting anomalies in satellite telemetry",
Scientific Data 2025 (doi 10.1038/s41597-025-05035-3); data doi 10.5281/zenodo.12588359, CC BY 4.0, credit to ESA and
the authors.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from detection.evaluation.dataset import DatasetError
from detection.evaluation.segments.dataset import FILE


def convert(source: Path, target: Path) -> int:
    """Write ``segments.npz`` in the folder ``target``; return how many segments it holds.

    ``source`` holds ``segments.csv``, a row a sample: ``segment``, ``channel``, ``sampling`` (s), ``value``, ``train``
    and ``anomaly`` (0 or 1), in time order within a segment. What ``dataset.csv`` adds, features of each segment, is
    not needed.

    Raises:
        DatasetError: the file is missing, or a row or column of it cannot be read; the message names it.
    """
    path = source / "segments.csv"
    values: dict[int, list[float]] = {}
    known: dict[int, tuple[str, int, int, int]] = {}
    try:
        with path.open(newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), 2):
                try:
                    segment = int(row["segment"])
                    what = (row["channel"], int(float(row["sampling"])), int(row["train"]), int(row["anomaly"]))
                    values.setdefault(segment, []).append(float(row["value"]))
                except (KeyError, TypeError, ValueError) as error:
                    raise DatasetError(f"{path}, line {number}: {error!r}") from error
                if known.setdefault(segment, what) != what:
                    raise DatasetError(f"{path}, line {number}: segment {segment} was {known[segment]} before")
    except OSError as error:
        raise DatasetError(f"{path}: {error}") from error
    if not known:
        raise DatasetError(f"{path}: no rows")
    order = sorted(known)
    channel, sampling, train, anomaly = zip(*(known[segment] for segment in order), strict=True)
    target.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        target / FILE,
        values=np.concatenate([np.array(values[segment], dtype=np.float32) for segment in order]),
        offset=np.cumsum([0, *(len(values[segment]) for segment in order)]).astype(np.int32),
        segment=np.array(order, dtype=np.int32),
        channel=np.array(channel),
        sampling=np.array(sampling, dtype=np.int32),
        train=np.array(train, dtype=np.int8),
        anomaly=np.array(anomaly, dtype=np.int8),
    )
    return len(order)
