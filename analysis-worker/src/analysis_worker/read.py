"""Reads what a task is about from VictoriaMetrics: the samples of its ranges, and the history before them."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

from analysis_worker.align import Aligned, Takes, align, distinct_times, expected_records
from analysis_worker.selector import judged_channels, series_selector
from passwatch.contracts import MAX_BATCH_SAMPLES, JudgeTask
from passwatch.mission import Channel, Mission
from passwatch.takes import Samples, take_of
from passwatch.victoria import Series, VictoriaClient, VictoriaUnavailable

HISTORY_SLACK = 2
"""History is looked for this many times as far back as it would reach without a gap."""


class Wants(Protocol):
    """What is to be read besides a subsystem's own samples of the batch: a :class:`detection.detector.Detector`."""

    @property
    def history_samples(self) -> int:
        """Samples before the batch."""
        ...

    def context_of(self, channels: Iterable[str]) -> frozenset[str]:
        """The satellite's other channels that it takes to judge these."""
        ...


class TooMuch(Exception):
    """A task is on more samples than a worker has memory for; the message says how many."""


class SamplesReader:
    """Reads and aligns. ``settle_s`` is how long after a start of VictoriaMetrics lost samples may still come back."""

    def __init__(self, victoria: VictoriaClient, settle_s: float, now: Callable[[], float] = time.time) -> None:
        self._victoria = victoria
        self._settle_s = settle_s
        self._now = now

    def read(self, task: JudgeTask, mission: Mission, wants: Wants) -> Aligned:
        """The task's inputs; see :meth:`read_for`."""
        return self.read_for(task, mission, [wants])[0]

    def read_for(self, task: JudgeTask, mission: Mission, several: Sequence[Wants]) -> list[Aligned]:
        """The task's inputs for each of several, read at once; each has its own history and context.

        Raises:
            VictoriaUnavailable: it does not answer; or it was restarted a moment ago and has lost samples that the
                consumer is about to import again.
            VictoriaRefused: it called the request wrong.
            TooMuch: the batch is larger than what is accepted.
        """
        listed = judged_channels(mission, task.subsystem)
        asked = {one.name: one for wants in several for one in (*listed, *_context(mission, listed, wants))}
        starts = [_start(task, mission, wants) for wants in several]
        channels, samples = self._samples(task, mission, list(asked.values()), min(starts))
        expected = expected_records(task.completeness)
        found = []
        for wants, start in zip(several, starts, strict=True):
            own = {name: {take: since(start, one) for take, one in takes.items()} for name, takes in samples.items()}
            context = _context(mission, channels, wants)
            found.append(align(channels, context, own, task.ranges, wants.history_samples, expected))
        records = found[0].records
        if records < distinct_times(task.completeness) and self._just_restarted():
            raise VictoriaUnavailable(
                f"restarted a moment ago: {records} of {task.completeness.records} records are there"
            )
        return found

    def _samples(
        self, task: JudgeTask, mission: Mission, asked: Sequence[Channel], start: int
    ) -> tuple[list[Channel], dict[str, Takes]]:
        """The subsystem's channels, and the samples from ``start`` on of all that was read, by channel and take."""
        channels = {channel.name: channel for channel in judged_channels(mission, task.subsystem)}
        samples: dict[str, dict[int, Samples]] = {}
        if not task.ranges:
            return list(channels.values()), {**samples}
        end = max(r.last_time for r in task.ranges)
        first, of_batch = min(r.first_time for r in task.ranges), 0
        for series in self._victoria.export(
            series_selector(mission, task.satellite_id, asked, task.stream), start, end
        ):
            channel = mission.channel_of(series.metric["__name__"])
            if channel is not None and channel.role == "judged":
                samples.setdefault(channel.name, {})[take_of(series.metric)] = arrays(series)
                if channel.subsystem == task.subsystem:
                    channels.setdefault(channel.name, channel)
                    of_batch += len(series.timestamps) - bisect_left(series.timestamps, first)
                    _refuse_too_much(of_batch)
        return list(channels.values()), {**samples}

    def _just_restarted(self) -> bool:
        return self._now() - self._victoria.start_time() < self._settle_s


def _refuse_too_much(samples: int) -> None:
    """Those that accept batches refuse larger ones; a job that a person asked for may span several batches."""
    if samples > MAX_BATCH_SAMPLES:
        raise TooMuch(f"more than {MAX_BATCH_SAMPLES:,} samples of the subsystem in one batch: judge a shorter span")


def _context(mission: Mission, channels: Sequence[Channel], wants: Wants) -> list[Channel]:
    """The other channels that it takes to judge these."""
    names = wants.context_of([channel.name for channel in channels])
    return [channel for name in sorted(names) if (channel := mission.channel(name)) is not None]


def _start(task: JudgeTask, mission: Mission, wants: Wants) -> int:
    """The time (ms) from which on history is looked for; 0 without records."""
    first = min((r.first_time for r in task.ranges), default=0)
    return max(0, first - HISTORY_SLACK * wants.history_samples * mission.cadence_ms)


def since(start: int, samples: Samples) -> Samples:
    """The samples from this time (ms) on."""
    times, values = samples
    first = int(np.searchsorted(times, start))
    return times[first:], values[first:]


def arrays(series: Series) -> Samples:
    """The samples in the order of time, each time once."""
    times, index = np.unique(np.asarray(series.timestamps, dtype=np.int64), return_index=True)
    return times, np.asarray(series.values, dtype=np.float64)[index]
