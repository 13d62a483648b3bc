"""Every process is killed in the middle of work; afterwards every sample and every verdict is there, once."""

import time
from collections import Counter

import numpy as np
import pytest

from passwatch.mission import Mission
from passwatch.victoria import VictoriaClient
from passwatch_native.stack import Stack
from tests.support.console import Console
from tests.support.station import CADENCE_MS, Pass, Station, simulated
from tests.support.wait import wait_for

pytestmark = pytest.mark.system

BATCHES = 20
RECORDS = 120
OWN = ["victoria-consumer", "batch-inference-trigger", "analysis-worker", "operation-server", "triton"]
ENGINES = ["victoria", "kafka", "rabbitmq", "postgres"]


def passes(mission: Mission, unique: str, start_ms: int, number: int = BATCHES) -> list[Pass]:
    """Consecutive short passes of one satellite."""
    satellite = f"KILL-{unique}"
    return [
        simulated(mission, satellite, start_ms + n * RECORDS * CADENCE_MS, records=RECORDS, batch_id=f"{unique}-{n:02}")
        for n in range(number)
    ]


def assert_nothing_lost(stack: Stack, console: Console, sent: list[Pass]) -> None:
    """Each batch has one verdict per subsystem and revision, complete at last, and every sample can be read back."""
    for one in sent:
        batch = console.judged(one.uid, timeout_s=180)
        assert (batch["records"], batch["completeness"]) == (RECORDS, 1.0), one.batch_id
        for revision in batch["revisions"]:
            verdicts = Counter(s["subsystem"] for s in revision["subsystems"])
            assert verdicts == {"eps": 1, "thermal": 1, "aocs": 1, "comm": 1}, (one.batch_id, revision["revision"])
            assert all(s["verdict"] != "ERROR" for s in revision["subsystems"]), (one.batch_id, revision)
    client = VictoriaClient(stack.env["PASSWATCH_VICTORIA_URL"])
    selector = f'{{satellite_id="{sent[0].satellite_id}"}}'
    first, last = int(sent[0].telemetry.timestamps[0]), int(sent[-1].telemetry.timestamps[-1])
    stored = {s.metric["__name__"]: s for s in client.export(selector, first, last)}
    times = np.concatenate([one.telemetry.timestamps for one in sent]).tolist()
    for name in sent[0].telemetry.channels:
        series = stored[f"satellite_{name}"]
        assert series.timestamps == times, name
        values = np.concatenate([one.telemetry.channels[name] for one in sent])
        np.testing.assert_allclose(series.values, values, rtol=1e-11)


@pytest.mark.parametrize("victim", OWN + ENGINES)
def test_a_killed_process_loses_nothing(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int, victim: str
) -> None:
    """SIGKILL in the middle of twenty batches: every batch is judged once per revision and every sample is stored."""
    sent = passes(mission, unique, start_ms)
    for number, one in enumerate(sent):
        station.whole(one, size=20)
        if number == BATCHES // 2:
            console.judged(sent[1].uid, timeout_s=120)
            stack.kill(victim)
    station.flush()
    stack.wait_ready([victim], 120)
    assert_nothing_lost(stack, console, sent)
    stack.wait_ready(OWN, 120)


def test_the_storage_dies_just_after_a_verdict(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """VictoriaMetrics loses what it had only in memory a second after a verdict; it is imported again."""
    (sent,) = passes(mission, unique, start_ms, 1)
    station.whole(sent)
    station.flush()
    console.judged(sent.uid)
    time.sleep(1.0)  # the second that this test is about
    stack.kill("victoria")
    stack.wait_ready(["victoria", "victoria-consumer"], 120)
    client = VictoriaClient(stack.env["PASSWATCH_VICTORIA_URL"])
    first, last = int(sent.telemetry.timestamps[0]), int(sent.telemetry.timestamps[-1])
    selector = f'satellite_battery_temp{{satellite_id="{sent.satellite_id}"}}'

    def back() -> bool:
        return [len(s.timestamps) for s in client.export(selector, first, last)] == [RECORDS]

    wait_for("the samples imported again", back, 60)
    assert_nothing_lost(stack, console, [sent])
    assert [r["revision"] for r in console.judged(sent.uid)["revisions"]] == [1]
