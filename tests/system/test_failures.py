"""Every process is killed in the middle of work; afterwards every sample and every verdict is there, once."""

import time

import pytest

from passwatch.mission import Mission
from passwatch_native.stack import Stack
from tests.support.console import Console
from tests.support.proof import assert_judged_whole, assert_stored_whole, short_passes
from tests.support.station import Station

pytestmark = pytest.mark.system

BATCHES = 20
OWN = ["victoria-consumer", "batch-inference-trigger", "analysis-worker", "operation-server", "triton"]
ENGINES = ["victoria", "kafka", "rabbitmq", "postgres"]


@pytest.mark.parametrize("victim", OWN + ENGINES)
def test_a_killed_process_loses_nothing(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int, victim: str
) -> None:
    """SIGKILL in the middle of twenty batches: every batch is judged once per revision and every sample is stored."""
    sent = short_passes(mission, f"KILL-{unique}", start_ms, BATCHES)
    for number, one in enumerate(sent):
        station.whole(one, size=20)
        if number == BATCHES // 2:
            console.judged(sent[1].uid)
            stack.kill(victim)
    station.flush()
    stack.wait_ready([victim], 120)
    assert_judged_whole(console, sent)
    assert_stored_whole(stack.env["PASSWATCH_VICTORIA_URL"], sent)
    stack.wait_ready(OWN, 120)


def test_the_storage_dies_just_after_a_verdict(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """VictoriaMetrics loses what it had only in memory a second after a verdict; it is imported again."""
    (sent,) = short_passes(mission, f"KILL-{unique}", start_ms, 1)
    station.whole(sent)
    station.flush()
    console.judged(sent.uid)
    time.sleep(1.0)  # the second that this test is about
    stack.kill("victoria")
    stack.wait_ready(["victoria", "victoria-consumer"], 120)
    assert_stored_whole(stack.env["PASSWATCH_VICTORIA_URL"], [sent])
    assert_judged_whole(console, [sent])
    assert [r["revision"] for r in console.judged(sent.uid)["revisions"]] == [1]
