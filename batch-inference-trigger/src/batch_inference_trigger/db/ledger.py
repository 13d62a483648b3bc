"""The ledger: what is known of every batch, kept in PostgreSQL; one transaction takes in what a poll brought.

The transaction merges progress, moves the partitions' clocks, closes the batches that the completion rule calls
closed, and writes their tasks into the outbox. Taking in the same messages again changes nothing, so Kafka's offsets
are committed after it. Rows are locked, batches in the order of their ids, so that triggers of one consumer group
may overlap for a moment while partitions move from one to the other.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import structlog
from sqlalchemy import Connection, Engine, Row, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from batch_inference_trigger.db import tables
from batch_inference_trigger.domain.completion import Batch, Judged, Policy, Progress
from batch_inference_trigger.domain.progress import Arrival
from batch_inference_trigger.domain.record_hashes import RecordHashes, blocks_of
from batch_inference_trigger.domain.tasks import Identity, assemble
from passwatch.contracts import CompletionRule, IndexSpan, JudgeTask, Marker, RejectedSamples, TimeRange
from passwatch.mission import Mission

CLOSE_AT_MOST = 500
"""Quiet batches closed in one transaction; the rest follows with the next heartbeat."""

log = structlog.get_logger()


class Closed(NamedTuple):
    """A revision that was just handed to judgement."""

    identity: Identity
    batch: Batch
    rule: CompletionRule


@dataclass(slots=True)
class Entry:
    """A row of the ledger, locked by the transaction at hand."""

    identity: Identity
    partition: int
    state: Batch
    traceparent: str | None


def wall_clock_ms() -> int:
    """The wall clock, for what only tells when something was asked for."""
    return time.time_ns() // 1_000_000


class Ledger:
    """Takes in progress and clocks, and says which batches were closed by it."""

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        missions: Mapping[str, Mission],
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._subsystems = {mission.id: mission.subsystems for mission in missions.values()}
        self._now_ms = now_ms

    def absorb(self, arrivals: Sequence[Arrival], clocks: Mapping[int, int]) -> list[Closed]:
        """One transaction: merge progress, move the clocks of partitions, close what is due.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: nothing was taken in; do it again.
        """
        with self._engine.begin() as connection:
            entries = self._merge(connection, arrivals)
            closed = self._close(entries, clocks)
            _save(connection, entries, self._policy)
            if clocks:
                _advance(connection, clocks)
                due = self._due(connection, clocks)
                closed += self._close(due, clocks)
                _save(connection, due, self._policy)
            self._enqueue(connection, closed, {e.identity.batch_uid: e.traceparent for e in entries})
        return closed

    def _merge(self, connection: Connection, arrivals: Sequence[Arrival]) -> list[Entry]:
        by_batch: dict[str, list[Arrival]] = defaultdict(list)
        for arrival in arrivals:
            by_batch[arrival.batch_uid].append(arrival)
        if not by_batch:
            return []
        entries = _lock(connection, by_batch)
        hashes = _hashes(connection, arrivals)
        for uid, news in by_batch.items():
            entry = entries[uid]
            for arrival in news:
                entry.state = entry.state.merge(_progress(arrival, hashes[uid]))
                entry.partition = arrival.partition
                entry.traceparent = arrival.traceparent or entry.traceparent
                _warn_of_other_marker(entry, arrival)
        _save_hashes(connection, hashes)
        return list(entries.values())

    def _close(self, entries: Iterable[Entry], clocks: Mapping[int, int]) -> list[Closed]:
        closed: list[Closed] = []
        for entry in entries:
            rule = entry.state.decide(self._policy, clocks.get(entry.partition))
            if rule is None:
                continue
            if entry.identity.mission not in self._subsystems:
                log.error("a batch cannot be judged: its mission is not known here", **_named(entry.identity))
                continue
            entry.state = entry.state.close()
            closed.append(Closed(entry.identity, entry.state, rule))
        return closed

    def _due(self, connection: Connection, clocks: Mapping[int, int]) -> list[Entry]:
        """The batches whose time has come, locked; those that another trigger holds are its own to look after."""
        b = tables.batch.c
        passed = or_(*(and_(b.partition == p, b.due_at <= clock) for p, clock in clocks.items()))
        rows = connection.execute(
            select(tables.batch)
            .where(b.due_at.is_not(None), passed, b.mission.in_(self._subsystems))
            .order_by(b.due_at)
            .limit(CLOSE_AT_MOST)
            .with_for_update(skip_locked=True)
        )
        return [_entry(row) for row in rows]

    def _enqueue(self, connection: Connection, closed: Sequence[Closed], traces: Mapping[str, str | None]) -> None:
        requested_at = self._now_ms()
        tasks = [
            {
                "judgement_id": task.judgement_id,
                "batch_uid": task.batch_uid,
                "payload": msgspec.to_builtins(task),
                "traceparent": traces.get(task.batch_uid),
            }
            for identity, batch, rule in closed
            for task in self._tasks(identity, batch, rule, requested_at)
        ]
        if tasks:
            connection.execute(insert(tables.task).on_conflict_do_nothing(), tasks)

    def _tasks(self, identity: Identity, batch: Batch, rule: CompletionRule, requested_at: int) -> list[JudgeTask]:
        return assemble(identity, batch, rule, self._subsystems[identity.mission], requested_at)


def _lock(connection: Connection, by_batch: Mapping[str, Sequence[Arrival]]) -> dict[str, Entry]:
    """The rows of these batches, made if they are new, locked in the order of their ids."""
    uids = sorted(by_batch)
    blank = [_row(Entry(_identity(by_batch[uid][0]), by_batch[uid][0].partition, Batch(), None), None) for uid in uids]
    connection.execute(insert(tables.batch).on_conflict_do_nothing(), blank)
    uid = tables.batch.c.batch_uid
    rows = connection.execute(select(tables.batch).where(uid.in_(uids)).order_by(uid).with_for_update())
    return {row.batch_uid: _entry(row) for row in rows}


def _hashes(connection: Connection, arrivals: Sequence[Arrival]) -> dict[str, RecordHashes]:
    """The remembered hashes of the records that the arrivals speak of."""
    wanted = {
        (arrival.batch_uid, block)
        for arrival in arrivals
        for item in arrival.progress.ranges
        for block in blocks_of(item.first, item.count)
    }
    found: dict[str, dict[int, bytes]] = {arrival.batch_uid: {} for arrival in arrivals}
    if wanted:
        h = tables.record_hashes.c
        rows = connection.execute(
            select(h.batch_uid, h.block, h.hashes).where(tuple_(h.batch_uid, h.block).in_(sorted(wanted)))
        )
        for row in rows:
            found[row.batch_uid][row.block] = bytes(row.hashes)
    return {uid: RecordHashes(blocks) for uid, blocks in found.items()}


def _save_hashes(connection: Connection, hashes: Mapping[str, RecordHashes]) -> None:
    rows = [
        {"batch_uid": uid, "block": block, "hashes": known.blocks[block]}
        for uid, known in hashes.items()
        for block in sorted(known.changed)
    ]
    if rows:
        statement = insert(tables.record_hashes)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["batch_uid", "block"], set_={"hashes": statement.excluded.hashes}
            ),
            rows,
        )


def _save(connection: Connection, entries: Sequence[Entry], policy: Policy) -> None:
    if not entries:
        return
    statement = insert(tables.batch)
    kept = {"batch_uid", "mission", "satellite_id", "batch_id", "stream", "updated_at"}
    changes: dict[str, Any] = {c.name: c for c in statement.excluded if c.name not in kept}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["batch_uid"], set_={**changes, "updated_at": func.now()}),
        [_row(entry, policy) for entry in entries],
    )


def _advance(connection: Connection, clocks: Mapping[int, int]) -> None:
    statement = insert(tables.clock)
    latest = func.greatest(tables.clock.c.broker_time, statement.excluded.broker_time)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["partition"], set_={"broker_time": latest, "updated_at": func.now()}
        ),
        [{"partition": p, "broker_time": clocks[p]} for p in sorted(clocks)],
    )


def _progress(arrival: Arrival, hashes: RecordHashes) -> Progress:
    ranges = arrival.progress.ranges
    conflicts = [
        span for item, raw in zip(ranges, arrival.hashes, strict=True) for span in hashes.absorb(item.first, raw)
    ]
    return Progress(
        ranges=tuple(
            TimeRange(first=r.first, count=r.count, first_time=r.first_time, last_time=r.last_time, take=r.take)
            for r in ranges
        ),
        conflicts=tuple(conflicts),
        marker=arrival.progress.marker,
        rejected=tuple(arrival.progress.rejected),
        broker_time=arrival.progress.broker_time,
    )


def _warn_of_other_marker(entry: Entry, arrival: Arrival) -> None:
    given, held = arrival.progress.marker, entry.state.marker
    if given is not None and held is not None and given.records != held.records:
        log.warning(
            "markers disagree; the larger count holds",
            held=held.records,
            given=given.records,
            **_named(entry.identity),
        )


def _identity(arrival: Arrival) -> Identity:
    progress = arrival.progress
    return Identity(arrival.batch_uid, progress.mission, progress.satellite_id, progress.batch_id, progress.stream)


def _named(identity: Identity) -> dict[str, str]:
    return {
        "batch_uid": identity.batch_uid,
        "satellite_id": identity.satellite_id,
        "batch_id": identity.batch_id,
        "mission": identity.mission,
    }


def _row(entry: Entry, policy: Policy | None) -> dict[str, Any]:
    """A row's columns; its due time by ``policy``, none without one."""
    state = entry.state
    closing = state.closing(policy) if policy else None
    marker, judged = state.marker, state.judged
    return {
        "batch_uid": entry.identity.batch_uid,
        "mission": entry.identity.mission,
        "satellite_id": entry.identity.satellite_id,
        "batch_id": entry.identity.batch_id,
        "stream": entry.identity.stream,
        "partition": entry.partition,
        "ranges": [[r.first, r.count, r.first_time, r.last_time, r.take] for r in state.ranges],
        "conflicts": [[s.first, s.count] for s in state.conflicts],
        "rejected": [[r.channel, r.reason, r.first, r.count] for r in state.rejected],
        "marker": [marker.records, marker.first_time, marker.last_time, marker.broker_time] if marker else None,
        "other_markers": list(state.other_markers),
        "last_activity": state.last_activity,
        "open_since": state.open_since,
        "revision": state.revision,
        "judged": [judged.records, judged.conflicts, judged.expected, judged.whole, judged.other_markers]
        if judged
        else None,
        "due_at": closing.at if closing else None,
        "traceparent": entry.traceparent,
    }


def _entry(row: Row[Any]) -> Entry:
    marker = row.marker
    return Entry(
        identity=Identity(row.batch_uid, row.mission, row.satellite_id, row.batch_id, row.stream),
        partition=row.partition,
        state=Batch(
            ranges=tuple(
                TimeRange(first=f, count=n, first_time=a, last_time=b, take=take) for f, n, a, b, take in row.ranges
            ),
            conflicts=tuple(IndexSpan(first=f, count=n) for f, n in row.conflicts),
            marker=Marker(records=marker[0], first_time=marker[1], last_time=marker[2], broker_time=marker[3])
            if marker
            else None,
            rejected=tuple(RejectedSamples(channel=c, reason=r, first=f, count=n) for c, r, f, n in row.rejected),
            other_markers=tuple(row.other_markers),
            last_activity=row.last_activity,
            open_since=row.open_since,
            revision=row.revision,
            judged=Judged(*row.judged) if row.judged else None,
        ),
        traceparent=row.traceparent,
    )
