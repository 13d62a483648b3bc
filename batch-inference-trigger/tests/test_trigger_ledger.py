"""The ledger on a real PostgreSQL."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, select, update
from trigger_support import progress

from batch_inference_trigger.app import make_engine
from batch_inference_trigger.db import tables
from batch_inference_trigger.db.ledger import Closed, Ledger
from batch_inference_trigger.db.prune import prune
from batch_inference_trigger.db.schema import LEDGER
from batch_inference_trigger.domain.completion import Policy
from batch_inference_trigger.domain.progress import Arrival
from passwatch import ids
from passwatch.contracts import BatchProgress, IndexSpan, JudgeTask
from passwatch.mission import load_missions

pytestmark = pytest.mark.engines

POLICY = Policy(grace_ms=5_000, quiet_ms=120_000, max_wait_ms=3_600_000)
SUBSYSTEMS = ["eps", "thermal", "aocs", "comm"]


@pytest.fixture
def ledger(database: Engine, missions_dir: Path) -> Ledger:
    return Ledger(database, POLICY, load_missions(missions_dir))


def arrivals(*messages: BatchProgress) -> list[Arrival]:
    return [
        Arrival(
            ids.batch_uid(m.mission, m.satellite_id, m.batch_id, m.stream),
            0,
            m,
            [base64.b64decode(r.hashes) for r in m.ranges],
            None,
        )
        for m in messages
    ]


def tasks(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [row.payload for row in connection.execute(select(tables.task.c.payload).order_by(tables.task.c.seq))]


def state(engine: Engine) -> list[tuple[object, ...]]:
    """Everything that is known of batches, apart from when it was written."""
    columns = [c for c in tables.batch.c if c.name not in ("updated_at", "traceparent")]
    with engine.connect() as connection:
        known = [tuple(row) for row in connection.execute(select(*columns).order_by(tables.batch.c.batch_uid))]
        hashes = connection.execute(select(tables.record_hashes).order_by("batch_uid", "block"))
        return known + [(str(row.batch_uid), row.block, bytes(row.hashes)) for row in hashes]


def rules(closed: Sequence[Closed]) -> list[tuple[str, int, str]]:
    return [(c.identity.satellite_id, c.batch.revision, c.rule) for c in closed]


def migrating(dsn: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "batch_inference_trigger", "migrate"]
    env = {"PASSWATCH_POSTGRES_DSN": dsn, "PATH": "/usr/bin:/bin"}
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)  # noqa: S603 - the command under test


def test_migrations_can_run_at_once_and_again(postgres_dsn: str) -> None:
    """Three migrations started together on an empty database, and one after them, all succeed."""
    together = [migrating(postgres_dsn) for _ in range(3)]
    assert [process.communicate(timeout=60) and process.returncode for process in together] == [0, 0, 0]
    again = migrating(postgres_dsn)
    assert f"revision {LEDGER.head}" in again.communicate(timeout=60)[1]
    assert again.returncode == 0


def test_migrate_without_a_database_says_so(postgres_dsn: str) -> None:
    """A database that cannot be reached is named, with an exit status of its own."""
    process = migrating(postgres_dsn.rpartition("/")[0] + "/no_such_database")
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 69
    assert "no_such_database" in said
    assert "Traceback" not in said


def revision(engine: Engine) -> str | None:
    """The revision that the database is at."""
    with engine.connect() as connection:
        return LEDGER.current(connection)


def test_a_look_at_the_revision_says_nothing(postgres_dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    """Before and after the migrations the revision is told without a line in the log: probes ask every few seconds."""
    engine = make_engine(postgres_dsn)
    with caplog.at_level(logging.INFO):
        assert revision(engine) is None
        assert caplog.messages == []
        LEDGER.migrate(engine)
        assert caplog.messages, "a migration is logged"
        caplog.clear()
        assert revision(engine) == LEDGER.head
        assert caplog.messages == []
    engine.dispose()


def test_migrations_make_the_schema_that_the_code_uses(database: Engine) -> None:
    """The migrated schema has no difference from the tables in the code."""
    assert revision(database) == LEDGER.head
    with database.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == tables.SCHEMA,
                "version_table_schema": tables.SCHEMA,
            },
        )
        assert compare_metadata(context, tables.metadata) == []


def test_a_whole_batch_is_closed_with_one_task_per_subsystem(ledger: Ledger, database: Engine) -> None:
    """Marker and all records close the batch in the same transaction; each task names ranges, times and ids."""
    closed = ledger.absorb(arrivals(progress("S1", 0, 1080, at=1_000, marker=1080)), {})
    assert rules(closed) == [("S1", 1, "complete")]
    found = tasks(database)
    assert [task["subsystem"] for task in found] == SUBSYSTEMS
    uid = ids.batch_uid("default", "S1", "b1")
    assert [task["judgement_id"] for task in found] == [ids.judgement_id(uid, 1, s) for s in SUBSYSTEMS]
    assert found[0]["ranges"] == [{"first": 0, "count": 1080, "first_time": 0, "last_time": 1079 * 30_000, "take": 0}]
    assert found[0]["marker_time"] == 1_000


def test_replays_and_restarts_change_nothing(ledger: Ledger, database: Engine, missions_dir: Path) -> None:
    """The same progress in another order, by another process, in other transactions leaves the ledger as it was."""
    chunks = [progress("S1", i, 100, at=1_000 + i) for i in range(0, 1000, 100)]
    news = [progress("S1", at=3_000, marker=1000), *chunks, progress("S2", 50, 10, at=2_000)]
    ledger.absorb(arrivals(*news), {0: 3_000})
    before = state(database)
    again = Ledger(database, POLICY, load_missions(missions_dir))
    for item in reversed(news):
        assert again.absorb(arrivals(item, item), {0: 2_500}) == []
    assert state(database) == before
    assert len(tasks(database)) == len(SUBSYSTEMS)
    with database.connect() as connection:
        assert connection.execute(select(tables.clock.c.broker_time)).scalar_one() == 3_000


def test_one_record_a_message_or_one_chunk_is_the_same(ledger: Ledger, database: Engine) -> None:
    """How records were chunked leaves no trace, across the border of a hash block too."""
    ledger.absorb(arrivals(*(progress("S1", i, 1, at=1_000) for i in range(1000, 1050))), {})
    before = state(database)
    with database.begin() as connection:
        connection.execute(tables.batch.delete())
    ledger.absorb(arrivals(progress("S1", 1000, 50, at=1_000)), {})
    assert state(database) == before


def test_clocks_close_what_is_due_in_their_partition_only(ledger: Ledger) -> None:
    """Grace and quiet pass by the heartbeats of a batch's own partition, and not a millisecond early."""
    ledger.absorb(arrivals(progress("S1", 0, 10, at=1_000, marker=20), progress("S2", 0, 10, at=1_000)), {})
    assert ledger.absorb([], {0: 5_999, 1: 10**9}) == []
    assert rules(ledger.absorb([], {0: 6_000})) == [("S1", 1, "grace")]
    assert ledger.absorb([], {0: 120_999}) == []
    assert rules(ledger.absorb([], {0: 121_000})) == [("S2", 1, "quiet")]
    assert ledger.absorb([], {0: 10**9}) == []


def test_late_records_make_revision_two_and_a_conflict_revision_three(
    ledger: Ledger, database: Engine, missions_dir: Path
) -> None:
    """A batch judged short is judged again when the rest comes, and again when a record comes with other values."""
    ledger.absorb(arrivals(progress("S1", 0, 756, at=1_000, marker=1080)), {0: 1_000})
    assert rules(ledger.absorb([], {0: 6_000})) == [("S1", 1, "grace")]
    restarted = Ledger(database, POLICY, load_missions(missions_dir))
    hour = 3_600_000
    assert rules(restarted.absorb(arrivals(progress("S1", 756, 324, at=hour)), {0: hour})) == [("S1", 2, "complete")]
    same = arrivals(progress("S1", 0, 1080, at=hour + 1_000, marker=1080))
    assert restarted.absorb(same, {0: hour + 500_000}) == []
    other = arrivals(progress("S1", 0, 1080, at=2 * hour, hashes={700: 4}))
    assert restarted.absorb(other, {0: 2 * hour}) == []
    assert rules(restarted.absorb([], {0: 2 * hour + 5_000})) == [("S1", 3, "complete")]
    conflicts = [task["completeness"]["conflicts"] for task in tasks(database)[-4:]]  # type: ignore[index]
    assert conflicts == [[{"first": 700, "count": 1}]] * 4
    assert len(tasks(database)) == 12


def test_two_triggers_at_once_lose_nothing_and_close_once(database: Engine, missions_dir: Path) -> None:
    """Two triggers taking in the same and different progress at once end in one judgement of each whole batch."""
    news = [progress(f"S{s}", i, 10, at=1_000, marker=100) for s in range(20) for i in range(0, 100, 10)]
    closed: list[tuple[str, int, str]] = []

    def work(mine: list[BatchProgress]) -> None:
        ledger = Ledger(database, POLICY, load_missions(missions_dir))
        for i in range(0, len(mine), 7):
            closed.extend(rules(ledger.absorb(arrivals(*mine[i : i + 7]), {0: 1_000})))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in (news, news[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(closed) == sorted((f"S{s}", 1, "complete") for s in range(20))


def test_a_batch_of_an_unknown_mission_waits_until_it_is_known(
    ledger: Ledger, database: Engine, missions_dir: Path
) -> None:
    """Progress of a mission that this trigger does not know is kept, and judged by one that knows it."""
    without = {name: m for name, m in load_missions(missions_dir).items() if name != "simple"}
    item = arrivals(progress("S1", 0, 5, at=1_000, marker=5, mission="simple"))
    assert Ledger(database, POLICY, without).absorb(item, {0: 10_000}) == []
    assert rules(ledger.absorb([], {0: 10_001})) == [("S1", 1, "complete")]
    assert [task["subsystem"] for task in tasks(database)] == ["platform"]


def test_a_thousand_batches_at_once_are_each_closed_whole(ledger: Ledger, database: Engine) -> None:
    """A thousand satellites' chunks and markers in mixed order close every batch once, on all its records."""
    news = [progress(f"S{s}", first, 540, at=1_000) for first in (540, 0) for s in range(1000)]
    news += [progress(f"S{s}", at=1_500, marker=1080) for s in range(1000)]
    closed = [c for i in range(0, len(news), 500) for c in ledger.absorb(arrivals(*news[i : i + 500]), {0: 1_500})]
    assert len(closed) == 1000
    assert {c.rule for c in closed} == {"complete"}
    assert all(c.batch.completeness(c.rule).records == 1080 for c in closed)
    with database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.task)).scalar_one() == 4000


def test_old_finished_batches_are_forgotten_and_no_others(ledger: Ledger, database: Engine) -> None:
    """Retention forgets a batch, its hashes and tasks once it is old, judged and its tasks are done."""
    ledger.absorb(arrivals(*(progress(f"S{s}", 0, 5, at=1_000, marker=5) for s in range(3))), {})
    ledger.absorb(arrivals(progress("S3", 0, 5, at=1_000)), {})
    uids = [ids.batch_uid("default", f"S{s}", "b1") for s in range(4)]
    age = {"updated_at": func.now() - func.make_interval(0, 0, 0, 31)}
    with database.begin() as connection:
        done = update(tables.task).where(tables.task.c.batch_uid.in_([uids[0], uids[1], uids[3]]))
        connection.execute(done.values(done_at=func.now()))
        connection.execute(update(tables.batch).where(tables.batch.c.batch_uid != uids[1]).values(age))
    assert prune(database, 30) == 1
    with database.connect() as connection:
        left = set(connection.execute(select(tables.batch.c.batch_uid)).scalars())
    assert left == set(uids[1:])


def test_missing_and_unexpected_records_are_in_the_task(ledger: Ledger, database: Engine) -> None:
    """The task says which records are missing and how many came past the announced count."""
    ledger.absorb(arrivals(progress("S1", 5, 20, at=1_000, marker=20)), {})
    ledger.absorb([], {0: 6_000})

    task = msgspec.convert(tasks(database)[0], JudgeTask)
    assert task.completeness.missing == [IndexSpan(first=0, count=5)]
    assert (task.completeness.expected, task.completeness.records, task.completeness.unexpected) == (20, 20, 5)


def test_missions_and_streams_keep_their_batches_apart(ledger: Ledger, database: Engine) -> None:
    """The same satellite and batch id in two missions, or in two streams, are as many batches."""
    one = progress("S1", 0, 5, at=1_000, marker=5)
    others = [msgspec.structs.replace(one, mission="simple"), msgspec.structs.replace(one, stream="test")]
    closed = ledger.absorb(arrivals(one, *others), {})
    assert len({c.identity.batch_uid for c in closed}) == 3
    assert sorted((c.identity.mission, c.identity.stream) for c in closed) == [
        ("default", "realtime"),
        ("default", "test"),
        ("simple", "realtime"),
    ]
    assert {task["stream"] for task in tasks(database)} == {"realtime", "test"}
