"""Reads what a task is about from VictoriaMetrics: the samples of its ranges, and the history before them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np

from analysis_worker.align import Aligned, Samples, align, expected_records
from analysis_worker.selector import judged_channels, series_selector
from passwatch.contracts import JudgeTask
from passwatch.mission import Channel, Mission
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


class SamplesReader:
    """Reads and aligns. ``settle_s`` is how long after a start of VictoriaMetrics lost samples may still come back."""

    def __init__(self, victoria: VictoriaClient, settle_s: float, now: Callable[[], float] = time.time) -> None:
        self._victoria = victoria
        self._settle_s = settle_s
        self._now = now

    def read(self, task: JudgeTask, mission: Mission, wants: Wants) -> Aligned:
        """The task's inputs.

        Raises:
            VictoriaUnavailable: it does not answer; or it was restarted a moment ago and has lost samples that the
                consumer is about to import again.
            VictoriaRefused: it called the request wrong.
        """
        channels, samples = self._samples(task, mission, wants)
        names = wants.context_of([channel.name for channel in channels])
        context = [channel for name in sorted(names) if (channel := mission.channel(name)) is not None]
        expected = expected_records(task.completeness)
        aligned = align(channels, context, samples, task.ranges, wants.history_samples, expected)
        if aligned.records < task.completeness.records and self._just_restarted():
            raise VictoriaUnavailable(
                f"restarted a moment ago: {aligned.records} of {task.completeness.records} records are there"
            )
        return aligned

    def _samples(self, task: JudgeTask, mission: Mission, wants: Wants) -> tuple[list[Channel], dict[str, Samples]]:
        """The subsystem's channels, and the samples of all that was read by channel name."""
        listed = judged_channels(mission, task.subsystem)
        if not task.ranges:
            return listed, {}
        start = min(r.first_time for r in task.ranges) - HISTORY_SLACK * wants.history_samples * mission.cadence_ms
        end = max(r.last_time for r in task.ranges)
        context = wants.context_of([channel.name for channel in listed])
        asked = [*listed, *(channel for channel in mission.channels if channel.name in context)]
        found = self._victoria.export(series_selector(mission, task.satellite_id, asked), max(0, start), end)
        channels = {channel.name: channel for channel in listed}
        samples: dict[str, Samples] = {}
        for series in found:
            channel = mission.channel_of(series.metric["__name__"])
            if channel is not None and channel.role == "judged":
                samples[channel.name] = arrays(series)
                if channel.subsystem == task.subsystem:
                    channels.setdefault(channel.name, channel)
        return list(channels.values()), samples

    def _just_restarted(self) -> bool:
        return self._now() - self._victoria.start_time() < self._settle_s


def arrays(series: Series) -> Samples:
    """The samples in the order of time, each time once."""
    times, index = np.unique(np.asarray(series.timestamps, dtype=np.int64), return_index=True)
    return times, np.asarray(series.values, dtype=np.float64)[index]
