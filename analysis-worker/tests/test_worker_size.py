"""Batches of any accepted size get their verdict, from a worker whose memory is bounded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Celery
from worker_support import START_MS, Results, Store, Worker, judge_task, smooth

from passwatch.contracts import MAX_BATCH_SAMPLES
from passwatch.mission import load_missions
from passwatch.series import MAX_PIECE_BYTES
from passwatch.tasks import send_judge

pytestmark = pytest.mark.engines

MEMORY = 900_000_000
"""Bytes that a process of the pool may hold (docs/adr/0038-series-travel-in-pieces.md)."""


@pytest.fixture
def wide(missions_dir: Path, tmp_path: Path) -> Path:
    """A missions folder with one of 500 channels in one subsystem, and one of 6 at 1 Hz."""
    folder = tmp_path / "missions"
    shutil.copytree(missions_dir, folder)
    for name, channels, cadence_s in (("wide", 500, 30), ("long", 6, 1)):
        listed = [
            {"name": f"{name}_{i:03d}", "subsystem": "payload", "unit": "V", "description": "a voltage"}
            for i in range(channels)
        ]
        content = {
            "id": name,
            "name": name,
            "description": "a large mission",
            "cadence_s": cadence_s,
            "batch_records": 1080,
            "satellite_pattern": ".*",
            "channels": listed,
        }
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(("mission", "records"), [("wide", 1_080), ("long", 120_000)])
def test_large_batches_get_a_verdict_with_all_their_series(
    worker: Worker,
    tasks: Celery,
    results: Results,
    store: Store,
    wide: Path,
    unique: str,
    mission: str,
    records: int,
    record_property: Callable[[str, object], None],
) -> None:
    """500 channels of 1,080 records in one subsystem, and 6 of 120,000: no ERROR, every forecast, small messages."""
    content = load_missions(wide)[mission]
    worker.start(PASSWATCH_MISSIONS_DIR=str(wide))
    cadence_ms = content.cadence_ms
    channels = [c.metric for c in content.channels]
    start = START_MS // cadence_ms * cadence_ms
    for first in range(0, len(channels), 50):
        store.put(mission, unique, smooth(channels[first : first + 50], records), start, cadence_ms)
    send_judge(tasks, judge_task(unique, "payload", start, records, mission=mission, cadence_ms=cadence_ms))
    result = results.take(1, 300)[0]
    assert result.verdict != "ERROR", result.reason
    assert result.series is not None
    pieces = results.pieces[result.judgement_id]
    assert [p.piece for p in pieces] == list(range(result.series.pieces))
    counts = dict.fromkeys((c.name for c in content.channels), 0)
    for piece in pieces:
        for one in piece.slices:
            counts[one.channel] += len(one.timestamps)
    assert set(counts.values()) == {records - 20}
    assert max(results.sizes) <= 1.3 * MAX_PIECE_BYTES
    record_property("peak_bytes", worker.peak_bytes())
    assert worker.peak_bytes() < MEMORY


def test_more_than_can_be_judged_is_said_before_it_is_tried(
    worker: Worker, tasks: Celery, results: Results, store: Store, wide: Path, unique: str
) -> None:
    """A task on more samples than the limit ends in ERROR with the limit, the worker goes on."""
    worker.start(PASSWATCH_MISSIONS_DIR=str(wide))
    records = MAX_BATCH_SAMPLES // 6 + 1_000
    names = [f"satellite_long_{i:03d}" for i in range(6)]
    store.put("long", unique, smooth(names, records), START_MS - 86_400_000, 1_000)
    task = judge_task(unique, "payload", START_MS - 86_400_000, records, mission="long", cadence_ms=1_000)
    send_judge(tasks, task)
    result = results.take(1, 300)[0]
    assert result.verdict == "ERROR"
    assert f"{MAX_BATCH_SAMPLES:,} samples" in (result.reason or "")
