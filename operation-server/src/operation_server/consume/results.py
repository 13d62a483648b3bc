"""`inference.results` into the database: series are staged until their verdict is there, and shown with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from operation_server import metrics
from operation_server.alarms.policy import Policy
from operation_server.consume.writing import Writer
from operation_server.db.gate import SchemaGate
from operation_server.missions_in_use import Missions
from operation_server.results import staging
from operation_server.results.rows import ResultRows, rows_of
from operation_server.results.staging import PieceRows
from operation_server.results.write import Written, job_batches, write_results
from passwatch.contracts import SeriesPiece, SubsystemResult
from passwatch.streaming.faults import UNUSABLE, Reject
from passwatch.streaming.handler import Handler
from passwatch.streaming.messages import RawMessage, decode, kind_of, read_headers
from passwatch.topics import RESULTS

PATIENCE = timedelta(minutes=10)
"""So long a verdict waits for pieces of its series, which were sent before it: one that is missing was rejected."""
PIECES_KEPT = timedelta(milliseconds=RESULTS.retention_ms)
"""After this a result can come from Kafka no longer."""
RELEASED_AT_ONCE = 16
LOST = "its forecasts and scores were lost on the way"

log = structlog.get_logger()


class ResultStore:
    """Stores verdicts with their series."""

    def __init__(
        self, engine: Engine, gate: SchemaGate, missions: Missions, policy: Policy, patience: timedelta = PATIENCE
    ) -> None:
        self._writer = Writer(engine, gate, RESULTS)
        self._missions, self._policy = missions, policy
        self._patience = patience

    def handler(self) -> Handler[SubsystemResult | PieceRows]:
        """What a consumer of the topic does."""
        return Handler(_read, self._write)

    def release(self) -> None:
        """Show the verdicts whose series did not come whole in time, without them; remove pieces that none asks for.

        Raises:
            Retry: the database cannot be written now.
        """
        (written, removed), seconds = self._writer.write((), self._release)
        if written.verdicts:
            log.error("results_stored_without_series", judgements=len(written.verdicts))
            _report(written, 0, seconds)
        if removed:
            log.warning("series_removed", slices=removed)

    def _write(self, items: Sequence[SubsystemResult | PieceRows]) -> None:
        written, seconds = self._writer.write(items, self._store)
        _report(written, len(items), seconds)

    def _store(self, connection: Connection, items: Sequence[SubsystemResult | PieceRows]) -> Written:
        pieces = [item for item in items if isinstance(item, PieceRows)]
        results = [item for item in items if isinstance(item, SubsystemResult)]
        of_results = [(r.judgement_id, r.series.series_id) for r in results if r.series]
        keys = {*of_results, *(piece.key for piece in pieces)}
        judgement_ids = {judgement_id for judgement_id, _ in keys}
        staging.lock(connection, judgement_ids)
        judged = staging.judged(connection, judgement_ids)
        staging.put_pieces(connection, [piece for piece in pieces if piece.key[0] not in judged])
        there = staging.staged(connection, keys)
        known = self._rows(connection, results)  # what cannot be used is found before it waits
        whole = [rows for rows in known if _is_whole(rows.result, there) or rows.judgement_id in judged]
        staging.put_waiting(connection, [rows.result for rows in known if rows not in whole])
        former = [r for r in staging.waiting(connection, {piece.key for piece in pieces}) if _is_whole(r, there)]
        return write_results(connection, [*self._rows(connection, former), *whole], self._missions, self._policy)

    def _release(self, connection: Connection, _: Sequence[object]) -> tuple[Written, int]:
        late = staging.overdue(connection, self._patience, RELEASED_AT_ONCE)
        staging.lock(connection, [result.judgement_id for result in late])
        stripped = [
            replace(result, series=None, reason="; ".join(filter(None, (result.reason, LOST)))) for result in late
        ]
        written = write_results(connection, self._rows(connection, stripped), self._missions, self._policy)
        return written, staging.remove_older(connection, PIECES_KEPT)

    @staticmethod
    def _rows(connection: Connection, results: Sequence[SubsystemResult]) -> list[ResultRows]:
        batches = job_batches(connection, {result.job_id for result in results if result.job_id})
        return [_rows(result, batches) for result in results]


def _read(message: RawMessage) -> SubsystemResult | PieceRows:
    if kind_of(read_headers(message), SubsystemResult, SeriesPiece) is SeriesPiece:
        return staging.rows_of(decode(message, SeriesPiece))
    return decode(message, SubsystemResult)


def _is_whole(result: SubsystemResult, there: dict[staging.Key, int]) -> bool:
    if result.series is None:
        return True
    return there.get((result.judgement_id, result.series.series_id), 0) >= result.series.pieces


def _rows(result: SubsystemResult, batches: dict[str, str | None]) -> ResultRows:
    if result.job_id is None:
        return rows_of(result)
    if result.job_id not in batches:
        raise Reject(UNUSABLE, f"there is no job {result.job_id}")
    return rows_of(result, batches[result.job_id])


def _report(written: Written, messages: int, seconds: float) -> None:
    """One line on what has become known."""
    metrics.REPEATED.inc(written.repeated)
    for verdict in written.verdicts:
        metrics.VERDICTS.labels(verdict).inc()
    for to_verdict in written.seconds_to_verdict:
        metrics.SECONDS_TO_VERDICT.observe(to_verdict)
    log.info(
        "results_stored",
        messages=messages,
        judgements=len(written.verdicts),
        repeated=written.repeated,
        completed=[f"{uid}/{number}" for uid, number in written.completed],
        seconds=round(seconds, 4),
    )
