"""The worker as a process, between a real RabbitMQ, VictoriaMetrics, Triton and Kafka."""

from __future__ import annotations

import os
import signal
import socket

import pytest
from celery import Celery
from worker_support import (
    CADENCE_MS,
    START_MS,
    Results,
    Store,
    Worker,
    hesitant,
    judge_task,
    other_inputs,
    smooth,
)

from analysis_worker.execute import MOST_TIMEOUTS
from passwatch.contracts import TimeRange
from passwatch.mission import Mission
from passwatch.tasks import JUDGE_TASK, dead_queue, make_celery, queue_name, send_judge
from tests.support.management import Management
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines

RECORDS = 1080
NOWHERE = "127.0.0.1:9"


def metrics_of(mission: Mission, subsystem: str) -> list[str]:
    return [c.metric for c in mission.channels if c.subsystem == subsystem]


@pytest.fixture
def stored(store: Store, missions: dict[str, Mission], unique: str) -> str:
    """A satellite of which 100 records of one subsystem are stored."""
    store.put("default", unique, smooth(metrics_of(missions["default"], "comm"), 100), START_MS)
    return unique


def waiting(tasks: Celery, name: str) -> int:
    """How many messages are in a queue that no worker has."""
    with tasks.connection_for_read() as connection, connection.channel() as channel:
        return int(channel.queue_declare(queue=name, passive=True).message_count)


def test_batches_become_verdicts_on_exactly_their_samples(
    worker: Worker, tasks: Celery, results: Results, store: Store, missions: dict[str, Mission], unique: str
) -> None:
    """A first batch has 1,060 forecasts a channel, the next all 1,080, at their samples' times; SIGTERM ends with 0."""
    worker.start()
    metrics = metrics_of(missions["default"], "comm")
    store.put("default", unique, smooth(metrics, 2 * RECORDS), START_MS)
    send_judge(tasks, judge_task(unique, "comm", START_MS, RECORDS, batch="b1"))
    later = START_MS + RECORDS * CADENCE_MS
    send_judge(tasks, judge_task(unique, "comm", later, RECORDS, batch="b2"))
    first, second = sorted(results.take(2), key=lambda r: r.batch_id)
    assert [c.channel for c in first.channels] == ["rssi", "data_backlog", "last_contact"]
    assert {(c.samples, c.expected_samples) for c in (*first.channels, *second.channels)} == {(RECORDS, RECORDS)}
    times = [START_MS + i * CADENCE_MS for i in range(2 * RECORDS)]
    assert all(s.timestamps == times[20:RECORDS] for s in results.series(first).values())
    assert all(s.timestamps == times[RECORDS:] for s in results.series(second).values())
    assert list(results.series(first)) == [c.channel for c in first.channels]
    assert first.provenance is not None
    assert second.provenance is not None
    assert set(first.provenance.models) == {"vae_timeseries", "transformer_timeseries"}
    assert (first.provenance.history_samples, second.provenance.history_samples) == (
        0,
        second.provenance.history_required,
    )
    assert all(set(s.forecasts) == set(first.provenance.models) for s in results.series(first).values())
    worker.wait_ready()
    metrics_page = worker.get("/metrics")
    assert metrics_page is not None
    assert "passwatch_worker_task_seconds_count 2.0" in metrics_page.text
    assert worker.stop() == 0
    assert waiting(tasks, queue_name(worker.env["PASSWATCH_TOPIC_PREFIX"])) == 0


def test_the_worker_uses_only_the_records_that_its_task_names(
    worker: Worker, tasks: Celery, results: Results, store: Store, missions: dict[str, Mission], unique: str
) -> None:
    """Records that arrived after the ledger closed the batch are left out, and the missing ones are missed."""
    worker.start()
    store.put("default", unique, smooth(metrics_of(missions["default"], "comm"), 600), START_MS)
    parts = [(0, 200), (300, 200)]
    ranges = [
        TimeRange(first=f, count=n, first_time=START_MS + f * CADENCE_MS, last_time=START_MS + (f + n - 1) * CADENCE_MS)
        for f, n in parts
    ]
    send_judge(tasks, judge_task(unique, "comm", START_MS, 600, ranges=ranges, expected=600))
    result = results.take(1)[0]
    assert {(c.samples, c.expected_samples) for c in result.channels} == {(400, 600)}
    inside = {START_MS + i * CADENCE_MS for f, n in parts for i in range(f, f + n)}
    assert all(set(s.timestamps) <= inside for s in results.series(result).values())


def test_recorded_channels_are_found_by_their_pattern_and_commands_are_not_judged(
    worker: Worker, tasks: Celery, results: Results, store: Store, unique: str
) -> None:
    """In a mission of patterns the recorded channel is judged under its own name; command columns are not."""
    worker.start()
    satellite = f"NASA-{unique}"
    store.put("nasa-smap-msl", satellite, smooth(["satellite_a_1", "satellite_cmd_0"], 400), START_MS)
    send_judge(tasks, judge_task(satellite, "recorded", START_MS, 400, mission="nasa-smap-msl"))
    assert [c.channel for c in results.take(1)[0].channels] == ["A-1"]


def test_what_cannot_be_judged_gets_a_verdict_with_its_reason(
    worker: Worker, tasks: Celery, results: Results, unique: str
) -> None:
    """No records: INSUFFICIENT_DATA. Unknown mission, subsystem or model: ERROR. Not a task at all: passed over."""
    worker.start()
    tasks.send_task(JUDGE_TASK, args=[{"not": "a task"}])
    tasks.send_task(JUDGE_TASK, args=["nor this"])
    send_judge(tasks, judge_task(unique, "comm", START_MS, 0, ranges=[], expected=100))
    send_judge(tasks, judge_task(unique, "comm", START_MS, 100, batch="b2", mission="no-such-mission"))
    send_judge(tasks, judge_task(unique, "warp-drive", START_MS, 100, batch="b3"))
    send_judge(tasks, judge_task(unique, "comm", START_MS, 100, batch="b4", model="oracle"))
    found = {r.batch_id: r for r in results.take(4)}
    assert {b: r.verdict for b, r in found.items()} == {
        "b1": "INSUFFICIENT_DATA",
        "b2": "ERROR",
        "b3": "ERROR",
        "b4": "ERROR",
    }
    assert "no-such-mission" in (found["b2"].reason or "")
    assert "warp-drive" in (found["b3"].reason or "")
    assert "oracle" in (found["b4"].reason or "")
    prefix = worker.env["PASSWATCH_TOPIC_PREFIX"]
    wait_for("the dead queue is emptied", lambda: "dropped" in worker.log.read_text())
    assert waiting(tasks, dead_queue(prefix).name) == 0


def test_one_model_can_be_asked_for(worker: Worker, tasks: Celery, results: Results, stored: str) -> None:
    """A task that names a model is judged with that one alone."""
    worker.start()
    send_judge(tasks, judge_task(stored, "comm", START_MS, 100, model="vae_timeseries"))
    result = results.take(1)[0]
    assert result.provenance is not None
    assert list(result.provenance.models) == ["vae_timeseries"]
    assert all(list(s.forecasts) == ["vae_timeseries"] for s in results.series(result).values())


@pytest.mark.parametrize("engine", ["TRITON_URL", "VICTORIA_URL", "KAFKA_BOOTSTRAP"])
def test_tasks_outlast_an_engine_that_is_down(
    worker: Worker,
    tasks: Celery,
    results: Results,
    stored: str,
    engine: str,
) -> None:
    """While an engine is down a task waits and uses up no deliveries, readiness says so, and SIGTERM still works."""
    prefix = worker.env["PASSWATCH_TOPIC_PREFIX"]
    closed = f"http://{NOWHERE}" if engine == "VICTORIA_URL" else NOWHERE
    worker.start(**{f"PASSWATCH_{engine}": closed}, PASSWATCH_WAIT_LIMIT_S="0.3", PASSWATCH_CONCURRENCY="1")
    task = judge_task(stored, "comm", START_MS, 100)
    send_judge(tasks, task)
    if engine != "KAFKA_BOOTSTRAP":
        wait_for("given back often", lambda: worker.log.read_text().count("task given back") > 7)
    else:
        wait_for("the task is taken", lambda: waiting(tasks, queue_name(prefix)) == 0)
    wait_for("readiness says why", lambda: worker.health().get("ready") is False)
    assert worker.stop() == 0
    assert waiting(tasks, dead_queue(prefix).name) == 0
    worker.start()
    assert results.take(1)[0].judgement_id == task.judgement_id
    assert results.seen[0].verdict != "ERROR"


def test_what_triton_refuses_for_good_becomes_an_error(
    worker: Worker,
    tasks: Celery,
    results: Results,
    stored: str,
    triton_url: str,
) -> None:
    """A model that takes other inputs gives the verdict ERROR with what Triton said; put right, it judges again."""
    worker.start(PASSWATCH_CONCURRENCY="1")
    with other_inputs(triton_url, "vae_timeseries"):
        send_judge(tasks, judge_task(stored, "comm", START_MS, 100, batch="b1"))
        refused = results.take(1)[0]
    assert refused.verdict == "ERROR"
    assert "the model server refused: vae_timeseries: StatusCode.INVALID_ARGUMENT" in (refused.reason or "")
    assert "unexpected shape" in (refused.reason or "")
    send_judge(tasks, judge_task(stored, "comm", START_MS, 100, batch="b2"))
    assert results.take(2)[1].verdict != "ERROR"
    assert worker.stop() == 0


def test_a_forecast_that_never_comes_in_time_becomes_an_error(
    worker: Worker,
    tasks: Celery,
    results: Results,
    stored: str,
    triton_url: str,
) -> None:
    """Of a Triton that tells what it serves and does not forecast, a task ends in ERROR; when it does, it judges."""
    with hesitant(triton_url) as (address, front):
        front.silent = frozenset({"ModelInfer"})
        worker.start(PASSWATCH_TRITON_URL=address, PASSWATCH_FORECAST_LIMIT_S="1", PASSWATCH_CONCURRENCY="1")
        send_judge(tasks, judge_task(stored, "comm", START_MS, 100, batch="b1"))
        slow = results.take(1)[0]
        assert slow.verdict == "ERROR"
        assert f"too slow, {MOST_TIMEOUTS} times: vae_timeseries: no forecast in 1 s" in (slow.reason or "")
        front.silent = frozenset()
        send_judge(tasks, judge_task(stored, "comm", START_MS, 100, batch="b2"))
        assert results.take(2)[1].verdict != "ERROR"
        assert worker.stop() == 0


def test_a_model_server_that_answers_nothing_is_waited_for(
    worker: Worker,
    tasks: Celery,
    results: Results,
    stored: str,
    triton_url: str,
) -> None:
    """A Triton that takes connections and stands still is down: tasks go back however often, and are judged after."""
    with hesitant(triton_url) as (address, front):
        front.silent = frozenset({"ModelMetadata", "ModelConfig", "ModelInfer"})
        limits = {"PASSWATCH_FORECAST_LIMIT_S": "0.5", "PASSWATCH_WAIT_LIMIT_S": "0.3"}
        worker.start(PASSWATCH_TRITON_URL=address, PASSWATCH_CONCURRENCY="1", **limits)
        send_judge(tasks, judge_task(stored, "comm", START_MS, 100))
        given_back = 2 * MOST_TIMEOUTS
        wait_for("given back often", lambda: worker.log.read_text().count("task given back") > given_back)
        assert results.poll() == 0
        front.silent = frozenset()
        assert results.take(1)[0].verdict != "ERROR"
        assert worker.stop() == 0


def test_a_killed_worker_loses_no_task(
    worker: Worker, tasks: Celery, results: Results, store: Store, missions: dict[str, Mission], unique: str
) -> None:
    """Killed with tasks in hand, the worker judges them when it is back; every task has its result."""
    metrics = [c.metric for c in missions["default"].channels]
    store.put("default", unique, smooth(metrics, RECORDS), START_MS)
    expected = []
    for number in range(3):
        for subsystem in missions["default"].subsystems:
            task = judge_task(unique, subsystem, START_MS, RECORDS, batch=f"b{number}")
            expected.append(task.judgement_id)
            send_judge(tasks, task)
    worker.start()
    results.take(2)
    worker.kill()
    worker.start()
    wait_for("a result of each", lambda: results.poll() and {r.judgement_id for r in results.seen} >= set(expected))
    assert {r.judgement_id for r in results.seen} == set(expected)


def test_a_task_that_kills_its_worker_again_and_again_becomes_an_error(
    worker: Worker, tasks: Celery, results: Results, unique: str
) -> None:
    """When one process after the other dies on a task, it is given up with the verdict ERROR; others go on."""
    worker.start(PASSWATCH_VICTORIA_URL=f"http://{NOWHERE}", PASSWATCH_CONCURRENCY="1")
    task = judge_task(unique, "comm", START_MS, 100)
    send_judge(tasks, task)
    killed: set[int] = set()

    def kill_and_look() -> bool:
        busy = [pid for pid in worker.children() if pid not in killed and waits(worker, pid)]
        for pid in busy:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        return results.poll() > 0

    wait_for("the task is given up", kill_and_look)
    result = results.seen[0]
    assert (result.judgement_id, result.verdict) == (task.judgement_id, "ERROR")
    assert "died or hung" in (result.reason or "")
    assert len(killed) >= 5
    assert worker.stop() == 0


def waits(worker: Worker, pid: int) -> bool:
    """Whether this process of the pool has begun a task: it has tried to reach VictoriaMetrics."""
    return any(f'"pid": {pid},' in line for line in worker.log.read_text().splitlines() if "waiting" in line)


def test_tasks_are_taken_up_when_rabbitmq_comes_late(worker: Worker) -> None:
    """Without RabbitMQ the worker goes on trying, tells so by readiness, and SIGTERM still ends it."""
    worker.start(PASSWATCH_RABBITMQ_URL=f"amqp://guest:guest@{NOWHERE}//")
    wait_for("readiness says why", lambda: worker.health().get("checks", {}).get("rabbitmq", {}).get("ok") is False)
    assert worker.stop() == 0


def test_a_task_that_hangs_is_taken_from_its_process(worker: Worker, tasks: Celery, results: Results) -> None:
    """A task that never ends (an engine that answers nothing) ends in ERROR; the process that hung is replaced."""
    with socket.create_server(("127.0.0.1", 0)) as tarpit:
        url = f"http://127.0.0.1:{tarpit.getsockname()[1]}"
        worker.start(PASSWATCH_VICTORIA_URL=url, PASSWATCH_TASK_LIMIT_S="1", PASSWATCH_CONCURRENCY="1")
        task = judge_task("S1", "comm", START_MS, 100)
        send_judge(tasks, task)
        result = results.take(1)[0]
        assert (result.judgement_id, result.verdict) == (task.judgement_id, "ERROR")
        worker.kill()


def test_connections_that_rabbitmq_cuts_are_made_again(
    worker: Worker,
    tasks: Celery,
    results: Results,
    unique: str,
    rabbitmq_url: str,
    rabbitmq_management: Management,
) -> None:
    """After RabbitMQ cut all connections, as when it restarts, tasks are judged as before; none of them is lost.

    The first task may be judged again: its acknowledgement can be what the cut took.
    """
    worker.start()
    send_judge(tasks, judge_task(unique, "comm", START_MS, 0, ranges=[], expected=100))
    results.take(1)
    rabbitmq_management.close_connections(rabbitmq_url, at_least=3)
    wait_for("the worker noticed", lambda: "Connection to broker lost" in worker.log.read_text())
    sender = make_celery(rabbitmq_url, worker.env["PASSWATCH_TOPIC_PREFIX"])
    send_judge(sender, judge_task(unique, "eps", START_MS, 0, ranges=[], expected=100))
    wait_for("the later task's result", lambda: results.poll() and results.seen[-1].subsystem == "eps")
    assert {result.subsystem for result in results.seen} == {"comm", "eps"}
    worker.wait_ready()
    assert worker.stop() == 0
