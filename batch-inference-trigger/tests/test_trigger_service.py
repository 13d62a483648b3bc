"""The trigger as a process, between a real Kafka, PostgreSQL and RabbitMQ."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, func, select, text, update
from trigger_support import Bus, Queue, Trigger, progress

from batch_inference_trigger.db import tables
from passwatch import ids
from tests.support.management import Management
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines

SUBSYSTEMS = ["eps", "thermal", "aocs", "comm"]


def count(database: Engine, *conditions: object) -> int:
    with database.connect() as connection:
        query = select(func.count()).select_from(tables.task).where(*conditions)  # type: ignore[arg-type]
        return connection.execute(query).scalar_one()


def judgement_ids(satellites: list[str], revision: int = 1) -> list[str]:
    return sorted(
        ids.judgement_id(ids.batch_uid("default", s, "b1"), revision, sub) for s in satellites for sub in SUBSYSTEMS
    )


def test_a_batch_becomes_tasks_and_garbage_is_passed_over(trigger: Trigger, bus: Bus, queue: Queue) -> None:
    """A whole batch between unreadable messages is asked to be judged, once per subsystem; SIGTERM ends with 0."""
    trigger.start()
    bus.raw(b"not json", [("passwatch-type", b"BatchProgress"), ("passwatch-schema", b"1")])
    bus.raw(b"{}", [("passwatch-type", b"Surprise"), ("passwatch-schema", b"1")])
    bus.raw(b"{}", [])
    bus.send(progress("S1", 0, 60, at=1_000), progress("S1", 60, 40, at=2_000, marker=100))
    taken = queue.take(4)
    assert [t.subsystem for t in taken] == SUBSYSTEMS
    assert sorted(t.judgement_id for t in taken) == judgement_ids(["S1"])
    assert taken[0].completeness.rule == "complete"
    trigger.wait_ready()
    assert trigger.stop() == 0


def test_a_restart_in_the_middle_judges_each_batch_once(trigger: Trigger, bus: Bus, queue: Queue) -> None:
    """Killed between chunks and started again, the trigger closes each batch once and on all its records."""
    trigger.start()
    bus.send(*(progress(f"S{s}", 0, 50, at=1_000) for s in range(20)))
    bus.send(*(progress(f"S{s}", 50, 50, at=2_000, marker=100) for s in range(5)))
    taken = queue.take(20)
    trigger.kill()
    bus.send(*(progress(f"S{s}", 0, 50, at=2_500) for s in range(20)))
    bus.send(*(progress(f"S{s}", 50, 50, at=3_000, marker=100) for s in range(20)))
    trigger.start()
    taken += queue.take(60)
    assert sorted(t.judgement_id for t in taken) == judgement_ids([f"S{s}" for s in range(20)])
    assert {t.completeness.records for t in taken} == {100}
    assert trigger.stop() == 0
    assert queue.empty()


def test_tasks_wait_for_rabbitmq(trigger: Trigger, bus: Bus, queue: Queue, database: Engine) -> None:
    """While RabbitMQ is out of reach batches are closed all the same; their tasks are sent once it is there."""
    trigger.start(PASSWATCH_RABBITMQ_URL="amqp://guest:guest@127.0.0.1:9//")
    bus.send(*(progress(f"S{s}", 0, 10, at=1_000, marker=10) for s in range(3)))
    wait_for("tasks in the outbox", lambda: count(database) == 12)
    health = wait_for("an answer on health", trigger.health)
    assert not health["checks"]["rabbitmq"]["ok"]
    assert not health["ready"]
    assert trigger.stop() == 0
    assert count(database, tables.task.c.sent_at.is_(None)) == 12
    trigger.start()
    assert sorted(t.judgement_id for t in queue.take(12)) == judgement_ids(["S0", "S1", "S2"])
    wait_for("all are marked sent", lambda: count(database, tables.task.c.sent_at.is_(None)) == 0)


def test_progress_waits_for_postgres(trigger: Trigger, bus: Bus, queue: Queue, postgres_dsn: str) -> None:
    """While PostgreSQL is out of reach nothing is committed or lost, and readiness says why."""
    nowhere = postgres_dsn.rpartition("@")[0] + "@127.0.0.1:9/none"
    trigger.start(PASSWATCH_POSTGRES_DSN=nowhere)
    bus.send(progress("S1", 0, 10, at=1_000, marker=10))
    wait_for("readiness says why", lambda: "OperationalError" in str(trigger.health()))
    wait_for("the ledger is tried", lambda: "to be tried again" in trigger.log.read_text())
    assert trigger.stop() == 0
    trigger.start()
    assert sorted(t.judgement_id for t in queue.take(4)) == judgement_ids(["S1"])


def test_records_that_come_an_hour_late_after_a_restart_make_revision_two(
    trigger: Trigger, bus: Bus, queue: Queue
) -> None:
    """Missing records an hour of heartbeats later, the trigger restarted in between: judged again, whole, at once."""
    trigger.start()
    bus.send(progress("S1", 0, 700, at=1_000, marker=1000))
    bus.beat(5_999)
    bus.beat(6_000)
    first = queue.take(4)
    assert {(t.revision, t.completeness.rule, t.completeness.records) for t in first} == {(1, "grace", 700)}
    assert trigger.stop() == 0
    trigger.start()
    bus.beat(3_600_000)
    bus.send(progress("S1", 700, 300, at=3_601_000))
    second = queue.take(4)
    assert {(t.revision, t.completeness.rule, t.completeness.records) for t in second} == {(2, "complete", 1000)}
    assert sorted(t.judgement_id for t in second) == judgement_ids(["S1"], 2)
    bus.beat(10_000_000)
    bus.send(progress("S2", 0, 10, at=10_000_000, marker=10))
    assert {t.satellite_id for t in queue.take(4)} == {"S2"}


def test_a_silent_consumer_closes_nothing(trigger: Trigger, bus: Bus, queue: Queue) -> None:
    """However long ago the marker is by the wall clock, a short batch waits for the heartbeat that passes the grace."""
    trigger.start(PASSWATCH_GRACE_S="0.001")
    bus.send(progress("S1", 0, 5, at=1_000, marker=10))
    bus.send(progress("S2", 0, 10, at=1_000_000, marker=10))
    assert {t.satellite_id for t in queue.take(4)} == {"S2"}
    bus.beat(1_001)
    assert {t.satellite_id for t in queue.take(4)} == {"S1"}


def test_finished_tasks_are_marked_and_lost_ones_are_sent_again(
    trigger: Trigger, bus: Bus, queue: Queue, database: Engine
) -> None:
    """A result marks its task done; a task that RabbitMQ lost is sent again after a while, finished ones are not."""
    trigger.start()
    bus.send(progress("S1", 0, 10, at=1_000, marker=10))
    taken = queue.take(4)
    for task in taken[:3]:
        bus.finish(task)
    wait_for("three are done", lambda: count(database, tables.task.c.done_at.is_not(None)) == 3)
    assert trigger.stop() == 0
    with database.begin() as connection:
        connection.execute(update(tables.task).values(sent_at=func.now() - func.make_interval(0, 0, 0, 0, 0, 6)))
    trigger.start()
    assert [t.judgement_id for t in queue.take(1)] == [taken[3].judgement_id]


def test_a_thousand_markers_are_judged_whole(trigger: Trigger, bus: Bus, queue: Queue) -> None:
    """A thousand satellites' markers in one go, on all partitions, become four thousand tasks on whole batches."""
    trigger.start()
    for s in range(1000):
        partition = s % 6
        bus.producer.poll(0)
        bus.send_soon(progress(f"S{s}", 0, 100, at=1_000), partition)
        bus.send_soon(progress(f"S{s}", 100, 100, at=2_000, marker=200), partition)
        if s % 100 == 0:
            bus.beat(1_500, partition)
    bus.flush()
    taken = queue.take(4000, timeout_s=90)
    assert len({t.judgement_id for t in taken}) == 4000
    assert {(t.completeness.rule, t.completeness.records) for t in taken} == {("complete", 200)}
    assert trigger.stop() == 0


def test_lost_connections_are_made_again(
    trigger: Trigger,
    bus: Bus,
    queue: Queue,
    database: Engine,
    rabbitmq_url: str,
    rabbitmq_management: Management,
) -> None:
    """Connections that RabbitMQ and PostgreSQL cut, as when they restart, cost a delay and no task."""
    trigger.start()
    bus.send(progress("S1", 0, 10, at=1_000, marker=10))
    queue.take(4)
    rabbitmq_management.close_connections(rabbitmq_url)
    with database.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    bus.send(progress("S2", 0, 10, at=2_000, marker=10))
    assert sorted(t.judgement_id for t in queue.take(4)) == judgement_ids(["S2"])
    wait_for("the trigger is ready again", lambda: (trigger.health() or {}).get("ready"))
