"""`inference.results` into the database."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from confluent_kafka import Message
from sqlalchemy import Connection, Engine

from operation_server import metrics
from operation_server.consume.decode import Decoded, decode
from operation_server.consume.intake import Intake, Refuse
from operation_server.store.gate import SchemaGate
from operation_server.store.rows import ResultRows, UnusableResult, rows_of
from operation_server.store.summaries import Missions
from operation_server.store.verdicts import Written, job_batches, write_results
from passwatch.contracts import SubsystemResult
from passwatch.topics import RESULTS

log = structlog.get_logger()


class ResultsHandler:
    """Stores a pollful of results, and tells in one line what has become known with it."""

    def __init__(self, engine: Engine, gate: SchemaGate, missions: Missions) -> None:
        self._intake = Intake(engine, gate, RESULTS.name, "result_rejected")
        self._missions = missions

    def __call__(self, messages: Sequence[Message]) -> None:
        """Store the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        taken = self._intake.take(messages, lambda message: decode(message, SubsystemResult), self._write)
        total = Written()
        for written in taken.written:
            total.add(written)
        metrics.REPEATED.inc(total.repeated)
        for verdict in total.verdicts:
            metrics.VERDICTS.labels(verdict).inc()
        for to_verdict in total.seconds_to_verdict:
            metrics.SECONDS_TO_VERDICT.observe(to_verdict)
        log.info(
            "results_stored",
            messages=len(messages),
            judgements=len(total.verdicts),
            repeated=total.repeated,
            completed=[f"{uid}/{number}" for uid, number in total.completed],
            seconds=round(taken.seconds, 4),
        )

    def _write(
        self, connection: Connection, items: Sequence[Decoded[SubsystemResult]], refuse: Refuse[SubsystemResult]
    ) -> Written:
        batches = job_batches(connection, {item.value.job_id for item in items if item.value.job_id})
        rows: list[ResultRows] = []
        for item in items:
            try:
                rows.append(_rows(item.value, batches))
            except UnusableResult as error:
                refuse(item, str(error))
        return write_results(connection, rows, self._missions)


def _rows(result: SubsystemResult, batches: dict[str, str | None]) -> ResultRows:
    if result.job_id is None:
        return rows_of(result)
    if result.job_id not in batches:
        raise UnusableResult(f"there is no job {result.job_id}")
    return rows_of(result, batches[result.job_id])
