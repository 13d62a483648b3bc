"""JSON lines for VictoriaMetrics' ``/api/v1/import``: one series a line, its values, then its timestamps.

A line that holds ``null`` would be lost whole, so missing samples are left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

MAX_SAMPLES = 4_000
"""The most samples of one line; beyond it longer lines gain nothing."""

_BETWEEN = b'],"timestamps":['
_END = b"]}\n"


def line(prefix: bytes, values: bytes, timestamps: bytes) -> bytes:
    """One line of texts that are ready: comma-separated values and timestamps without brackets."""
    return b"".join((prefix, values, _BETWEEN, timestamps, _END))


def lines_of_values(
    prefixes: Sequence[bytes], timestamps: NDArray[np.int64], values: NDArray[np.float64]
) -> Iterator[bytes]:
    """Lines of ``values`` ([channels, n] in C order, nan = missing) at ``timestamps`` ([n], ms)."""
    missing: NDArray[np.bool_] = np.isnan(values)
    gaps = [bool(row.any()) for row in missing]
    for start in range(0, len(timestamps), MAX_SAMPLES):
        span = slice(start, start + MAX_SAMPLES)
        times = timestamps[span]
        times_text = number_text(times)
        for row, prefix in enumerate(prefixes):
            if not gaps[row]:
                yield line(prefix, number_text(values[row, span]), times_text)
                continue
            present = ~missing[row, span]
            if present.any():
                yield line(prefix, number_text(values[row, span][present]), number_text(times[present]))


def number_text(numbers: NDArray[np.int64] | NDArray[np.float64] | list[int]) -> bytes:
    """Numbers as JSON, separated by commas, without brackets; floats in the shortest form that reads back equal."""
    return orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
