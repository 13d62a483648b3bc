"""`inference.results` into the database."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import Connection, Engine

from operation_server import metrics
from operation_server.alarms.policy import Policy
from operation_server.consume.writing import Writer
from operation_server.db.gate import SchemaGate
from operation_server.missions_in_use import Missions
from operation_server.results.rows import ResultRows, rows_of
from operation_server.results.write import Written, job_batches, write_results
from passwatch.contracts import SubsystemResult
from passwatch.streaming.faults import UNUSABLE, Reject
from passwatch.streaming.handler import Handler
from passwatch.streaming.messages import RawMessage, decode, kind_of, read_headers
from passwatch.topics import RESULTS

log = structlog.get_logger()


def results_handler(engine: Engine, gate: SchemaGate, missions: Missions, policy: Policy) -> Handler[SubsystemResult]:
    """Stores results, and reports in one line what has become known with them."""
    writer = Writer(engine, gate, RESULTS)

    def store(connection: Connection, results: Sequence[SubsystemResult]) -> Written:
        batches = job_batches(connection, {result.job_id for result in results if result.job_id})
        return write_results(connection, [_rows(result, batches) for result in results], missions, policy)

    def write(results: Sequence[SubsystemResult]) -> None:
        written, seconds = writer.write(results, store)
        metrics.REPEATED.inc(written.repeated)
        for verdict in written.verdicts:
            metrics.VERDICTS.labels(verdict).inc()
        for to_verdict in written.seconds_to_verdict:
            metrics.SECONDS_TO_VERDICT.observe(to_verdict)
        log.info(
            "results_stored",
            messages=len(results),
            judgements=len(written.verdicts),
            repeated=written.repeated,
            completed=[f"{uid}/{number}" for uid, number in written.completed],
            seconds=round(seconds, 4),
        )

    return Handler(_read, write)


def _read(message: RawMessage) -> SubsystemResult:
    kind_of(read_headers(message), SubsystemResult)
    return decode(message, SubsystemResult)


def _rows(result: SubsystemResult, batches: dict[str, str | None]) -> ResultRows:
    if result.job_id is None:
        return rows_of(result)
    if result.job_id not in batches:
        raise Reject(UNUSABLE, f"there is no job {result.job_id}")
    return rows_of(result, batches[result.job_id])
