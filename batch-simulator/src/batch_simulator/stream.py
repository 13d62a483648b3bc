"""Streaming: records leave one after the other at a pace of the wall clock, all satellites in step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from batch_simulator.batch import Batch
from batch_simulator.encode import chunks, marker
from batch_simulator.publish import Publisher
from passwatch.signals import StopSignal


def stream(
    publisher: Publisher,
    rounds: Iterable[Sequence[Batch]],
    rate: float,
    chunk_records: int,
    stop: StopSignal,
    sent: Callable[[Sequence[Batch], int], None],
) -> None:
    """Send each round's batches (one a satellite, equally long) at ``rate`` records a second and satellite.

    A message holds about a second's records, at most ``chunk_records``. Asked to stop, it ends the batches where they
    are, with markers that announce what was sent. ``sent`` is called with the round and the number of records sent.
    """
    step = max(1, min(chunk_records, round(rate)))
    due = time.monotonic()
    for batches in rounds:
        records = batches[0].records
        first = 0
        while first < records and not stop.is_set():
            last = min(first + step, records)
            due += (last - first) / rate
            if stop.wait(max(due - time.monotonic(), 0.0)):
                break
            for batch in batches:
                for message in chunks(_between(batch, first, last), chunk_records):
                    publisher.send(message)
            first = last
            sent(batches, first)
        for batch in batches:
            if first > 0:
                publisher.send(marker(shortened(batch, first)))
        if stop.is_set():
            return


def shortened(batch: Batch, records: int) -> Batch:
    """The batch's first ``records`` records as a batch of their own under the same id."""
    part = _between(batch, 0, records)
    step = (batch.last_ms - batch.first_ms) // max(batch.records - 1, 1)
    return replace(part, records=records, last_ms=batch.first_ms + (records - 1) * step)


def _between(batch: Batch, first: int, last: int) -> Batch:
    begin, end = np.searchsorted(batch.indices, [first, last])
    rows = slice(int(begin), int(end))
    return replace(
        batch,
        indices=batch.indices[rows],
        timestamps=batch.timestamps[rows],
        channels={name: values[rows] for name, values in batch.channels.items()},
    )
