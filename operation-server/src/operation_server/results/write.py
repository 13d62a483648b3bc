"""Results into the database: first write wins, nothing is overwritten, all in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from operation_server.alarms.answers import alarm_item
from operation_server.alarms.policy import Policy
from operation_server.db import partitions, pgcopy
from operation_server.db.rows import Row
from operation_server.db.tables import (
    batch,
    event,
    job,
    judgement,
    judgement_channel,
    revision,
)
from operation_server.judgements.aggregate import completeness, seconds_between, worst
from operation_server.judgements.ranking import ChannelScore, worst_channels, worst_severity
from operation_server.live import queries as live
from operation_server.missions_in_use import Missions
from operation_server.results import findings, staging
from operation_server.results.notices import LIVE_WINDOW, newest_samples, notices_of
from operation_server.results.rows import ResultRows, bounds
from operation_server.satellites import queries as satellites
from operation_server.search import documents
from operation_server.times import from_ms
from operation_server.web.schemas import SeverityName

RevisionKey = tuple[str, int]
Severities = defaultdict[tuple[str, str], list[SeverityName]]
"""Of the events of a revision, by judgement and channel."""


@dataclass(slots=True)
class Written:
    """What a transaction has stored."""

    verdicts: list[str] = field(default_factory=list)
    """Of the judgements that are new, one each."""
    repeated: int = 0
    completed: list[RevisionKey] = field(default_factory=list)
    seconds_to_verdict: list[float] = field(default_factory=list)

    def add(self, other: Written) -> None:
        """Count what another transaction has stored too."""
        self.verdicts += other.verdicts
        self.repeated += other.repeated
        self.completed += other.completed
        self.seconds_to_verdict += other.seconds_to_verdict


def job_batches(connection: Connection, job_ids: set[str]) -> dict[str, str | None]:
    """The batch that each of these jobs is about, if any; unknown jobs are left out."""
    if not job_ids:
        return {}
    found = connection.execute(select(job.c.job_id, job.c.batch_uid).where(job.c.job_id.in_(job_ids)))
    return dict(found.all())


def write_results(connection: Connection, results: Sequence[ResultRows], missions: Missions, policy: Policy) -> Written:
    """Store results with their evidence; those stored before stay as they are.

    Rows are locked in the order batch, satellite, incident, live events, as everywhere. The commit time of the
    verdicts is taken last.
    """
    if not results:
        return Written()
    _put_batches(connection, results)
    _put_revisions(connection, results)
    new = _put_judgements(connection, results)
    written = Written([r.result.verdict for r in new], repeated=len(results) - len(new))
    if not new:
        return written
    _put_evidence(connection, new)
    satellites.learn_channels(
        connection, [(r.result.satellite_id, r.result.mission, c.channel) for r in new for c in r.channels]
    )
    satellites.advance(connection, _newest(new))
    found_at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    incidents = findings.take(connection, new, newest_samples(connection, new), LIVE_WINDOW, found_at, policy, missions)
    live.lock(connection)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    ids = [r.judgement_id for r in new]
    connection.execute(update(judgement).where(judgement.c.judgement_id.in_(ids)).values(committed_at=now))
    written.completed = _complete_revisions(connection, sorted({r.key for r in new if r.key}), written)
    _finish_jobs(connection, sorted({r.result.job_id for r in new if r.result.job_id}), now)
    documents.show(connection, ids, sorted({r.result.batch_uid for r in new if r.key}))
    live.append(connection, notices_of(connection, [r for r in new if r.key], now, missions))
    live.append(connection, [("alarm", alarm_item(state, missions).model_dump_json()) for state in incidents])
    return written


def _put_batches(connection: Connection, results: Sequence[ResultRows]) -> None:
    by_uid: dict[str, list[ResultRows]] = defaultdict(list)
    for rows in results:
        if rows.key:
            by_uid[rows.result.batch_uid].append(rows)
    values = []
    for uid in sorted(by_uid):
        of_batch = [rows.result for rows in by_uid[uid]]
        first, last = bounds([r for result in of_batch for r in result.ranges])
        spans = [f"[{r.first},{r.first + r.count})" for result in of_batch for r in result.ranges]
        newest = max(of_batch, key=lambda result: result.revision)
        values.append(
            {
                "batch_uid": uid,
                "batch_id": newest.batch_id,
                "satellite_id": newest.satellite_id,
                "mission": newest.mission,
                "stream": newest.stream,
                "received": "{" + ",".join(spans) + "}",
                "first_time": first,
                "last_time": last,
                "marker_time": None if newest.marker_time is None else from_ms(newest.marker_time),
                "expected": newest.completeness.expected,
                "latest_revision": newest.revision,
            }
        )
    upsert_batches(connection, values)


def upsert_batches(connection: Connection, values: Sequence[dict[str, Any]]) -> None:
    """Merge what is known of batches into their rows: the same, whatever comes first and however often."""
    if not values:
        return
    new = pg_insert(batch)
    old, given = batch.c, new.excluded
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[old.batch_uid],
            set_={
                "received": old.received.op("+")(given.received),
                "first_time": func.least(old.first_time, given.first_time),
                "last_time": func.greatest(old.last_time, given.last_time),
                "marker_time": func.coalesce(old.marker_time, given.marker_time),
                "expected": func.greatest(old.expected, given.expected),
                "latest_revision": func.greatest(old.latest_revision, given.latest_revision),
            },
        ),
        values,
    )


def _put_revisions(connection: Connection, results: Sequence[ResultRows]) -> None:
    values: dict[RevisionKey, dict[str, Any]] = {}
    for rows in results:
        if rows.key is None or rows.key in values:
            continue
        result, whole = rows.result, rows.result.completeness
        first, last = bounds(result.ranges)
        repeated = whole.repeated_times.count if whole.repeated_times else 0
        values[rows.key] = {
            "batch_uid": result.batch_uid,
            "revision": result.revision,
            "subsystems": result.subsystems,
            "rule": whole.rule,
            "expected": whole.expected,
            "records": whole.records,
            "unexpected": whole.unexpected,
            "missing": msgspec.to_builtins(whole.missing),
            "conflicts": msgspec.to_builtins(whole.conflicts),
            "rejected": msgspec.to_builtins(whole.rejected),
            "repeated_times": msgspec.to_builtins(whole.repeated_times),
            "other_markers": whole.other_markers,
            "ranges": msgspec.to_builtins(result.ranges),
            "completeness": completeness(whole.records - repeated, whole.expected, whole.unexpected),
            "first_time": first,
            "last_time": last,
            "marker_time": None if result.marker_time is None else from_ms(result.marker_time),
        }
    if values:
        connection.execute(pg_insert(revision).on_conflict_do_nothing(), [values[key] for key in sorted(values)])


def _put_judgements(connection: Connection, results: Sequence[ResultRows]) -> list[ResultRows]:
    """Store the judgements that are not there yet; returns them."""
    first_of = {rows.judgement_id: rows for rows in reversed(results)}
    today = partitions.today()
    partitions.ensure(connection, [today])
    statement = pg_insert(judgement).on_conflict_do_nothing().returning(judgement.c.judgement_id)
    values = [rows.judgement | {"stored_on": today} for rows in first_of.values()]
    new = set(connection.scalars(statement, values))
    return [rows for rows in results if rows.judgement_id in new and first_of[rows.judgement_id] is rows]


def _put_evidence(connection: Connection, new: Sequence[ResultRows]) -> None:
    today = partitions.today()
    pgcopy.copy(connection, "judgement_channel", _channel_fields(new))
    of_judgement = {rows.judgement_id: rows.result.series.series_id if rows.result.series else None for rows in new}
    staging.move(connection, of_judgement, today)
    events = [e for rows in new for e in rows.events]
    if events:
        connection.execute(pg_insert(event).on_conflict_do_nothing(), events)
    documents.put(connection, [document for rows in new for document in rows.documents])


def _channel_fields(new: Sequence[ResultRows]) -> list[list[bytes]]:
    return [
        [
            pgcopy.uid(rows.judgement_id),
            pgcopy.text(c.channel),
            pgcopy.text(c.verdict),
            pgcopy.int8(c.samples),
            pgcopy.int8(c.expected_samples),
            pgcopy.float8(c.score),
            pgcopy.float8(c.threshold),
            pgcopy.text(c.note),
        ]
        for rows in new
        for c in rows.channels
    ]


def _newest(new: Sequence[ResultRows]) -> dict[satellites.Key, datetime | None]:
    """The satellites whose answers change. A job changes none, but its evidence may be shown beside theirs."""
    newest: dict[satellites.Key, datetime | None] = {}
    for rows in new:
        key = (rows.result.satellite_id, rows.result.mission)
        last = bounds(rows.result.ranges)[1] if rows.key else None
        former = newest.get(key)
        newest[key] = max(filter(None, (former, last)), default=None)
    return newest


def _complete_revisions(connection: Connection, keys: list[RevisionKey], written: Written) -> list[RevisionKey]:
    """Mark the revisions that have all their verdicts now, and make the highest of each batch the current one."""
    if not keys:
        return []
    wanted = tuple_(revision.c.batch_uid, revision.c.revision).in_(keys)
    judged = tuple_(judgement.c.batch_uid, judgement.c.revision).in_(keys) & judgement.c.job_id.is_(None)
    of_revision: dict[RevisionKey, list[Row]] = defaultdict(list)
    for row in connection.execute(select(judgement).where(judged)).mappings():
        of_revision[row["batch_uid"], row["revision"]].append(row)
    severities = _severities(connection, keys)
    scores = _scores(connection, keys, severities)
    completed = []
    for row in connection.execute(select(revision).where(wanted, ~revision.c.complete)).mappings():
        key = (row["batch_uid"], row["revision"])
        verdicts = of_revision[key]
        if {v["subsystem"] for v in verdicts} < set(row["subsystems"]):
            continue
        completed.append(key)
        verdict_time = max(v["committed_at"] for v in verdicts)
        seconds = seconds_between(row["marker_time"], verdict_time)
        written.seconds_to_verdict += [seconds] if seconds is not None else []
        of_all = {
            "verdict": worst(v["verdict"] for v in verdicts),
            "verdict_time": verdict_time,
            "seconds_to_verdict": seconds,
        }
        this = (revision.c.batch_uid == key[0]) & (revision.c.revision == key[1])
        connection.execute(update(revision).where(this).values(complete=True, **of_all))
        current = (batch.c.batch_uid == key[0]) & (func.coalesce(batch.c.revision, -1) < key[1])
        connection.execute(
            update(batch)
            .where(current)
            .values(
                revision=key[1],
                rule=row["rule"],
                expected=func.coalesce(row["expected"], batch.c.expected),
                judged_records=row["records"],
                completeness=row["completeness"],
                events=sum(v["events"] for v in verdicts),
                critical_events=sum(of_channel.count("critical") for of_channel in severities[key].values()),
                worst_channels=worst_channels(scores[key]),
                **of_all,
            )
        )
    return completed


def _severities(connection: Connection, keys: list[RevisionKey]) -> defaultdict[RevisionKey, Severities]:
    of_batch = tuple_(event.c.batch_uid, event.c.revision).in_(keys) & event.c.job_id.is_(None)
    e = event.c
    found = connection.execute(select(e.batch_uid, e.revision, e.judgement_id, e.channel, e.severity).where(of_batch))
    severities: defaultdict[RevisionKey, Severities] = defaultdict(lambda: defaultdict(list))
    for uid, number, judgement_id, channel, severity in found:
        severities[uid, number][judgement_id, channel].append(severity)
    return severities


def _scores(
    connection: Connection, keys: list[RevisionKey], severities: defaultdict[RevisionKey, Severities]
) -> dict[RevisionKey, list[ChannelScore]]:
    of_batch = tuple_(judgement.c.batch_uid, judgement.c.revision).in_(keys) & judgement.c.job_id.is_(None)
    scores: dict[RevisionKey, list[ChannelScore]] = defaultdict(list)
    of = judgement_channel.c
    rows = connection.execute(
        select(
            judgement.c.batch_uid,
            judgement.c.revision,
            judgement.c.judgement_id,
            judgement.c.subsystem,
            of.channel,
            of.score,
            of.threshold,
        )
        .join(judgement, judgement.c.judgement_id == of.judgement_id)
        .where(of_batch)
    )
    for uid, number, judgement_id, subsystem, channel, score, threshold in rows:
        severity = worst_severity(severities[uid, number][judgement_id, channel])
        scores[uid, number].append(ChannelScore(channel, subsystem, score, threshold, severity))
    return scores


def _finish_jobs(connection: Connection, job_ids: list[str], now: datetime) -> None:
    for job_id in job_ids:
        subsystems = connection.execute(select(job.c.subsystems).where(job.c.job_id == job_id)).scalar_one()
        verdicts = dict(
            connection.execute(
                select(judgement.c.subsystem, judgement.c.verdict).where(judgement.c.job_id == job_id)
            ).all()
        )
        done = set(subsystems) <= verdicts.keys()
        connection.execute(
            update(job)
            .where(job.c.job_id == job_id)
            .values(
                status="DONE" if done else "RUNNING",
                verdict=worst(verdicts.values()) if done else "PENDING",
                finished_at=now if done else None,
            )
        )
