"""`inference.results` into the database."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from confluent_kafka import Message
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError

from operation_server import metrics
from operation_server.consume.decode import Decoded, Rejected, decode
from operation_server.consume.gate import require_schema
from operation_server.store import rejected
from operation_server.store.rows import ResultRows, UnusableResult, rows_of
from operation_server.store.summaries import Missions
from operation_server.store.verdicts import Written, job_batches, write_results
from passwatch.contracts import SubsystemResult

TOPIC = "inference.results"
log = structlog.get_logger()


class ResultsHandler:
    """Stores a pollful of results in one transaction.

    A result that cannot be used is kept aside with the reason, logged and counted, and never stops the others: if
    the transaction fails because of what it holds, its messages are stored one by one.
    """

    def __init__(self, engine: Engine, missions: Missions) -> None:
        self._engine = engine
        self._missions = missions
        self._schema_seen = False

    def __call__(self, messages: Sequence[Message]) -> None:
        """Store the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        if not self._schema_seen:
            require_schema(self._engine)
            self._schema_seen = True
        began = time.perf_counter()
        decoded = [decode(message, SubsystemResult) for message in messages]
        try:
            written = self._store(decoded)
        except (DataError, IntegrityError):
            written = self._store_one_by_one(decoded)
        metrics.MESSAGES.labels(TOPIC).inc(len(messages))
        metrics.WRITE_SECONDS.labels(TOPIC).observe(time.perf_counter() - began)
        metrics.REPEATED.inc(written.repeated)
        for seconds in written.seconds_to_verdict:
            metrics.SECONDS_TO_VERDICT.observe(seconds)
        log.info(
            "results_stored",
            messages=len(messages),
            judgements=len(written.judgements),
            repeated=written.repeated,
            completed=[f"{uid}/{number}" for uid, number in written.completed],
            seconds=round(time.perf_counter() - began, 4),
        )

    def _store(self, decoded: Sequence[Decoded[SubsystemResult] | Rejected]) -> Written:
        bad = [item for item in decoded if isinstance(item, Rejected)]
        good = [item for item in decoded if isinstance(item, Decoded)]
        rows: list[ResultRows] = []
        with self._engine.begin() as connection:
            batches = job_batches(connection, {item.value.job_id for item in good if item.value.job_id})
            for item in good:
                try:
                    rows.append(_rows(item.value, batches))
                except UnusableResult as error:
                    bad.append(Rejected(item.source, str(error), None))
            written = write_results(connection, rows, self._missions)
            rejected.keep(connection, bad)
        self._tell(bad)
        for row in rows:
            if row.judgement_id in written.judgements:
                metrics.VERDICTS.labels(row.result.verdict).inc()
        return written

    def _store_one_by_one(self, decoded: Sequence[Decoded[SubsystemResult] | Rejected]) -> Written:
        total = Written()
        for item in decoded:
            try:
                written = self._store([item])
            except (DataError, IntegrityError) as error:
                bad = Rejected(item.source, f"PostgreSQL refused it: {error.orig}".strip(), None)
                with self._engine.begin() as connection:
                    rejected.keep(connection, [bad])
                self._tell([bad])
            else:
                total.judgements += written.judgements
                total.repeated += written.repeated
                total.completed += written.completed
                total.seconds_to_verdict += written.seconds_to_verdict
        return total

    @staticmethod
    def _tell(bad: Sequence[Rejected]) -> None:
        for item in bad:
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
