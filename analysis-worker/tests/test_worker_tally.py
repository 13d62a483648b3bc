"""What the pool's processes tell the main process, and the flag that it shows them."""

from __future__ import annotations

import os

import pytest
from prometheus_client import REGISTRY

from analysis_worker.stopping import SharedFlag
from analysis_worker.tally import Done, Tally, Waits
from tests.support.wait import wait_for


def in_child(work: object) -> None:
    """Run ``work`` in a forked process and wait for it."""
    pid = os.fork()
    if pid == 0:
        try:
            work()  # type: ignore[operator]
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def judged() -> float:
    return REGISTRY.get_sample_value("passwatch_worker_judged_tasks_total", {"verdict": "NOMINAL"}) or 0.0


def test_notes_of_forked_processes_become_metrics_and_readiness() -> None:
    """Waiting makes the check fail with its reason, until the same process says that it is done."""
    tally = Tally()
    before = judged()
    in_child(lambda: tally.tell(Waits(pid=7, reason="Triton is down")))
    tally.listen()
    wait_for("the wait is known", lambda: not tally.check().ok)
    assert "Triton is down" in tally.check().detail
    in_child(lambda: tally.tell(Done(pid=7, verdict="NOMINAL", queue_s=0.1, total_s=0.2, parts={"read": 0.1})))
    wait_for("the end of the wait is known", lambda: tally.check().ok)
    assert judged() == before + 1


def test_a_full_pipe_drops_notes_instead_of_blocking_a_task() -> None:
    """Telling never waits, and a reason of any length is cut to fit."""
    tally = Tally()
    for _ in range(5_000):
        tally.tell(Waits(pid=1, reason="x" * 100_000))


@pytest.mark.parametrize("state", [False, True])
def test_the_flag_is_seen_by_processes_forked_before(state: bool) -> None:
    """A process forked before the flag was set sees it set."""
    flag = SharedFlag()
    reader, writer = os.pipe()
    go_reader, go_writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(go_reader, 1)
        os.write(writer, b"1" if flag.is_set() else b"0")
        os._exit(0)
    if state:
        flag.set()
    os.write(go_writer, b"!")
    assert os.read(reader, 1) == (b"1" if state else b"0")
    os.waitpid(pid, 0)
