"""`inference.results` into the database."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
import structlog
from confluent_kafka import Message
from sqlalchemy import Engine

from operation_server import metrics
from operation_server.consume.decode import Decoded, Rejected, decode
from operation_server.consume.pollful import store_all_or_each
from operation_server.store import rejected
from operation_server.store.gate import SchemaGate
from operation_server.store.rows import ResultRows, UnusableResult, rows_of
from operation_server.store.summaries import Missions
from operation_server.store.verdicts import Written, job_batches, write_results
from passwatch.contracts import SubsystemResult
from passwatch.topics import RESULTS

TOPIC = RESULTS.name
Item = Decoded[SubsystemResult] | Rejected
log = structlog.get_logger()


class ResultsHandler:
    """Stores a pollful of results in one transaction.

    A result that cannot be used is kept aside with the reason, logged and counted, and never stops the others.
    """

    def __init__(self, engine: Engine, gate: SchemaGate, missions: Missions) -> None:
        self._engine, self._gate = engine, gate
        self._missions = missions

    def __call__(self, messages: Sequence[Message]) -> None:
        """Store the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        self._gate.require()
        began = time.perf_counter()
        total = Written()
        store_all_or_each(
            [decode(message, SubsystemResult) for message in messages],
            lambda items: total.add(self._store(items)),
            self._reject,
        )
        seconds = time.perf_counter() - began
        metrics.MESSAGES.labels(TOPIC).inc(len(messages))
        metrics.WRITE_SECONDS.labels(TOPIC).observe(seconds)
        metrics.REPEATED.inc(total.repeated)
        for to_verdict in total.seconds_to_verdict:
            metrics.SECONDS_TO_VERDICT.observe(to_verdict)
        log.info(
            "results_stored",
            messages=len(messages),
            judgements=len(total.judgements),
            repeated=total.repeated,
            completed=[f"{uid}/{number}" for uid, number in total.completed],
            seconds=round(seconds, 4),
        )

    def _store(self, items: Sequence[Item]) -> Written:
        bad = [item for item in items if isinstance(item, Rejected)]
        good = [item for item in items if isinstance(item, Decoded)]
        rows: list[ResultRows] = []
        with self._engine.begin() as connection:
            batches = job_batches(connection, {item.value.job_id for item in good if item.value.job_id})
            for item in good:
                try:
                    rows.append(_rows(item.value, batches))
                except UnusableResult as error:
                    bad.append(Rejected(item.source, str(error), msgspec.json.encode(item.value)))
            written = write_results(connection, rows, self._missions)
            rejected.keep(connection, bad)
        for rejected_item in bad:
            _tell(rejected_item)
        for row in rows:
            if row.judgement_id in written.judgements:
                metrics.VERDICTS.labels(row.result.verdict).inc()
        return written

    def _reject(self, item: Item, reason: str) -> None:
        payload = item.payload if isinstance(item, Rejected) else msgspec.json.encode(item.value)
        bad = Rejected(item.source, reason, payload)
        with self._engine.begin() as connection:
            rejected.keep(connection, [bad])
        _tell(bad)


def _tell(item: Rejected) -> None:
    metrics.REJECTED.labels(TOPIC).inc()
    log.error(
        "result_rejected",
        topic=item.source.topic,
        partition=item.source.partition,
        offset=item.source.offset,
        reason=item.reason,
    )


def _rows(result: SubsystemResult, batches: dict[str, str | None]) -> ResultRows:
    if result.job_id is None:
        return rows_of(result)
    if result.job_id not in batches:
        raise UnusableResult(f"there is no job {result.job_id}")
    return rows_of(result, batches[result.job_id])
