"""From series as they were stored to the detector's inputs: the records of the batch, and history before it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.api import ChannelInput
from passwatch.contracts import Completeness, TimeRange
from passwatch.mission import Channel

Times = NDArray[np.int64]
Values = NDArray[np.float64]
Samples = tuple[Times, Values]
"""Timestamps (ms, rising) and as many values."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A subsystem's inputs, and the satellite's other channels that it takes to judge them.

    ``records`` counts the distinct record times of the batch at which the subsystem has samples.
    """

    inputs: list[ChannelInput]
    context: list[ChannelInput]
    records: int
    history: int
    """The fewest history samples that a channel has; 0 without channels."""


def align(
    channels: Sequence[Channel],
    context: Sequence[Channel],
    samples: Mapping[str, Samples],
    ranges: Sequence[TimeRange],
    history_samples: int,
    expected: int,
) -> Aligned:
    """The inputs of these channels: at most ``history_samples`` samples before the batch, then one value per record.

    A record is a time inside ``ranges`` at which any of the channels has a sample; where a channel has none, its value
    is ``nan``. Samples between the ranges belong to records that the task does not speak of, and are left out.
    ``samples`` is by channel name. ``expected`` is how many records the batch should hold. The ``context`` is aligned
    in the same way, by itself.
    """
    inputs, records = _inputs(channels, samples, ranges, history_samples, expected)
    others, _ = _inputs(context, samples, ranges, history_samples, expected)
    return Aligned(inputs, others, records, min((i.history for i in inputs), default=0))


def _inputs(
    channels: Sequence[Channel],
    samples: Mapping[str, Samples],
    ranges: Sequence[TimeRange],
    history_samples: int,
    expected: int,
) -> tuple[list[ChannelInput], int]:
    """The inputs of these channels, and how many records there are of them."""
    split = {c.name: _split(samples.get(c.name, _NONE), ranges, history_samples) for c in channels}
    batches = [batch[0] for _, batch in split.values()]
    records = np.unique(np.concatenate(batches)) if batches else _NONE[0]
    inputs = []
    for channel in channels:
        (past_times, past_values), (times, values) = split[channel.name]
        row = np.full(len(records), np.nan)
        row[np.searchsorted(records, times)] = values
        inputs.append(
            ChannelInput(
                name=channel.name,
                unit=channel.unit,
                timestamps=np.concatenate([past_times, records]),
                values=np.concatenate([past_values, row]),
                history=len(past_times),
                expected=expected,
                limits=channel.limits,
                resolution=channel.resolution,
            )
        )
    return inputs, len(records)


def expected_records(completeness: Completeness) -> int:
    """How many records the batch should hold: what the marker announced, or without it what came and the gaps in it."""
    if completeness.expected is not None:
        return completeness.expected
    return completeness.records + sum(span.count for span in completeness.missing)


def input_hash(inputs: Sequence[ChannelInput]) -> str:
    """SHA-256 of everything that the detector was given, in hex."""
    digest = hashlib.sha256()
    for item in inputs:
        digest.update(f"{item.name}/{item.history}/{len(item.timestamps)};".encode())
        digest.update(item.timestamps.astype("<i8").tobytes())
        digest.update(item.values.astype("<f8").tobytes())
    return digest.hexdigest()


def _split(samples: Samples, ranges: Sequence[TimeRange], history_samples: int) -> tuple[Samples, Samples]:
    """The history before the first range, and the samples inside the ranges."""
    times, values = samples
    if not ranges:
        return _NONE, _NONE
    begin = int(np.searchsorted(times, min(r.first_time for r in ranges)))
    first = max(0, begin - history_samples)
    inside = np.zeros(len(times), dtype=bool)
    for item in ranges:
        inside[np.searchsorted(times, item.first_time) : np.searchsorted(times, item.last_time, side="right")] = True
    return (times[first:begin], values[first:begin]), (times[inside], values[inside])


_NONE: Samples = (np.empty(0, dtype=np.int64), np.empty(0))
