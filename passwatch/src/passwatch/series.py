"""Forecasts and scores of a judgement, cut into pieces that fit into messages, however long the batch is. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from passwatch.contracts import SeriesPiece, SeriesReference, SeriesSlice

MAX_PIECE_BYTES = 1024 * 1024
"""The most that a piece's arrays take as JSON."""
_TIME_BYTES, _NUMBER_BYTES = 14, 25
"""The most characters of a time and of a number, with its comma."""


@dataclass(frozen=True, slots=True)
class ChannelSeries:
    """Forecasts by model and scores of one channel at these event times (ms); all as long, NaN where there is none."""

    channel: str
    times: NDArray[np.int64]
    forecasts: Mapping[str, NDArray[np.float64]]
    scores: NDArray[np.float64]


def reference(series: Sequence[ChannelSeries], max_bytes: int = MAX_PIECE_BYTES) -> SeriesReference | None:
    """The reference to these series as :func:`pieces` cuts them; None where they are all empty."""
    digest = hashlib.sha256()
    for one in series:
        digest.update(f"{one.channel}\0{len(one.times)}\0".encode())
        digest.update(one.times.astype("<i8").tobytes())
        for model in sorted(one.forecasts):
            digest.update(model.encode() + b"\0")
            digest.update(one.forecasts[model].astype("<f8").tobytes())
        digest.update(one.scores.astype("<f8").tobytes())
    number = sum(1 for _ in _cuts(series, max_bytes))
    if not number:
        return None
    return SeriesReference(series_id=str(UUID(bytes=digest.digest()[:16])), pieces=number)


def pieces(
    judgement_id: str, series_id: str, series: Sequence[ChannelSeries], max_bytes: int = MAX_PIECE_BYTES
) -> Iterator[SeriesPiece]:
    """The pieces of a judgement's series, one at a time, none of which is longer than ``max_bytes`` as JSON.

    What a piece says besides numbers (ids, names) is not counted.
    """
    for number, cut in enumerate(_cuts(series, max_bytes)):
        slices = [_slice(one, first, last) for one, first, last in cut]
        yield SeriesPiece(judgement_id=judgement_id, series_id=series_id, piece=number, slices=slices)


def _cuts(series: Sequence[ChannelSeries], max_bytes: int) -> Iterator[list[tuple[ChannelSeries, int, int]]]:
    """What of which channel each piece holds."""
    cut: list[tuple[ChannelSeries, int, int]] = []
    left = max_bytes
    for one in series:
        each = _TIME_BYTES + _NUMBER_BYTES * (len(one.forecasts) + 1)
        first = 0
        while first < len(one.times):
            if left < each and cut:
                yield cut
                cut, left = [], max_bytes
            last = min(len(one.times), first + max(1, left // each))
            cut.append((one, first, last))
            left -= (last - first) * each
            first = last
    if cut:
        yield cut


def _slice(one: ChannelSeries, first: int, last: int) -> SeriesSlice:
    """JSON has no NaN; msgspec writes null for it."""
    return SeriesSlice(
        channel=one.channel,
        timestamps=one.times[first:last].tolist(),
        forecasts={model: values[first:last].tolist() for model, values in one.forecasts.items()},
        scores=one.scores[first:last].tolist(),
    )
