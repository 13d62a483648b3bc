"""Reading a task's samples from a real VictoriaMetrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pytest
from worker_support import CADENCE_MS, START_MS, Store, judge_task, smooth

from analysis_worker.read import SamplesReader
from passwatch.mission import Mission

pytestmark = pytest.mark.engines

HISTORY, RECORDS = 300, 50


@dataclass(frozen=True)
class Wanted:
    """So much history, and these other channels."""

    history_samples: int
    others: frozenset[str]

    def context_of(self, channels: Iterable[str]) -> frozenset[str]:
        return self.others - set(channels)


def test_what_is_read_for_several_is_what_each_would_read_alone(
    store: Store, missions: dict[str, Mission], unique: str
) -> None:
    """Each gets its own channels and as much history as it would find by itself, also where gaps make that less."""
    mission = missions["default"]
    series = smooth([c.metric for c in mission.channels], HISTORY + RECORDS)
    for number, values in enumerate(series.values()):
        gap = slice(HISTORY - 60, HISTORY - 5 - number % 3)
        values[gap] = [None] * (gap.stop - gap.start)
    store.put("default", unique, series, START_MS)
    task = judge_task(unique, "comm", START_MS + HISTORY * CADENCE_MS, RECORDS)
    several = [
        Wanted(20, frozenset({"battery_voltage"})),
        Wanted(100, frozenset({"temp_obc", "gyro_x"})),
        Wanted(0, frozenset()),
    ]
    reader = SamplesReader(store.client, 0.0)
    together = reader.read_for(task, mission, several)
    for wants, found in zip(several, together, strict=True):
        alone = reader.read(task, mission, wants)
        assert [c.name for c in found.inputs] == ["rssi", "data_backlog", "last_contact"]
        assert {c.name for c in found.context} == wants.others
        assert (found.records, found.history) == (RECORDS, alone.history)
        for one, other in zip([*found.inputs, *found.context], [*alone.inputs, *alone.context], strict=True):
            assert (one.name, one.history) == (other.name, other.history)
            assert np.array_equal(one.timestamps, other.timestamps)
            assert np.array_equal(one.values, other.values, equal_nan=True)
    assert [found.history for found in together] == [5, 100, 0]
