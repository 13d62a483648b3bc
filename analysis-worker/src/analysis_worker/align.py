"""From series as they were stored to the detector's inputs: the records of the batch, and history before it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection.api import ChannelInput
from passwatch.contracts import Completeness, TimeRange
from passwatch.mission import Channel
from passwatch.takes import Samples, newest

Takes = Mapping[int, Samples]
"""A channel's samples by take."""


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
    samples: Mapping[str, Takes],
    ranges: Sequence[TimeRange],
    history_samples: int,
    expected: int,
) -> Aligned:
    """The inputs of these channels: at most ``history_samples`` samples before the batch, then one value per record.

    A record is a time inside ``ranges`` at which any of the channels has a sample; where a channel has none, its value
    is ``nan``. Samples between the ranges, and those in other takes, belong to records that the task does not speak
    of, and are left out. Of records at the same time the one of the lowest index counts. The history is the newest take
    at each time. ``samples`` is by channel name. ``expected`` is how many records the batch should hold. The
    ``context`` is aligned in the same way, by itself.
    """
    inputs, records = _inputs(channels, samples, ranges, history_samples, expected)
    others, _ = _inputs(context, samples, ranges, history_samples, expected)
    return Aligned(inputs, others, records, min((i.history for i in inputs), default=0))


def _inputs(
    channels: Sequence[Channel],
    samples: Mapping[str, Takes],
    ranges: Sequence[TimeRange],
    history_samples: int,
    expected: int,
) -> tuple[list[ChannelInput], int]:
    """The inputs of these channels, and how many records there are of them."""
    split = {c.name: _split(samples.get(c.name, {}), ranges, history_samples) for c in channels}
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


def distinct_times(completeness: Completeness) -> int:
    """The fewest times that the records must have: those whose clock ran backwards may share theirs with others."""
    repeated = completeness.repeated_times
    return completeness.records - (repeated.count if repeated else 0)


def input_hash(inputs: Sequence[ChannelInput]) -> str:
    """SHA-256 of everything that the detector was given, in hex."""
    digest = hashlib.sha256()
    for item in inputs:
        digest.update(f"{item.name}/{item.history}/{len(item.timestamps)};".encode())
        digest.update(item.timestamps.astype("<i8").tobytes())
        digest.update(item.values.astype("<f8").tobytes())
    return digest.hexdigest()


def _split(takes: Takes, ranges: Sequence[TimeRange], history_samples: int) -> tuple[Samples, Samples]:
    """The history before the first range, and the samples inside the ranges, each time once."""
    if not ranges:
        return _NONE, _NONE
    begin = min(r.first_time for r in ranges)
    past_times, past_values = newest({take: _between(one, None, begin - 1) for take, one in takes.items()})
    kept = max(0, len(past_times) - history_samples)
    inside = [
        _between(
            takes.get(item.take, _NONE) if item.take is not None else newest(takes), item.first_time, item.last_time
        )
        for item in sorted(ranges, key=lambda r: r.first)
    ]
    times, index = np.unique(np.concatenate([times for times, _ in inside]), return_index=True)
    return (past_times[kept:], past_values[kept:]), (times, np.concatenate([values for _, values in inside])[index])


def _between(samples: Samples, first_time: int | None, last_time: int) -> Samples:
    times, values = samples
    start = 0 if first_time is None else int(np.searchsorted(times, first_time))
    stop = int(np.searchsorted(times, last_time, side="right"))
    return times[start:stop], values[start:stop]


_NONE: Samples = (np.empty(0, dtype=np.int64), np.empty(0))
