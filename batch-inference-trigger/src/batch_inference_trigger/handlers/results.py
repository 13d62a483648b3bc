"""The results topic into the ledger, so that it knows which tasks are finished."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Engine, func, update

from batch_inference_trigger import metrics
from batch_inference_trigger.db import tables
from passwatch.contracts import SubsystemResult, Uid
from passwatch.headers import TYPE
from passwatch.streaming.database import database_faults
from passwatch.streaming.handler import Handler
from passwatch.streaming.messages import RawMessage, read_headers


class _Finished(msgspec.Struct):
    """The one field of a result that matters here; the rest is not even parsed."""

    judgement_id: Uid


_FINISHED = msgspec.json.Decoder(_Finished)


def results_handler(engine: Engine) -> Handler[str]:
    """Marks the tasks done whose results are read."""

    def write(judgements: Sequence[str]) -> None:
        t = tables.task.c
        with database_faults(), engine.begin() as connection:
            done = connection.execute(
                update(tables.task)
                .where(t.judgement_id.in_(judgements), t.done_at.is_(None))
                .values(done_at=func.now())
            )
        metrics.TASKS_DONE.inc(done.rowcount)

    return Handler(judgement_of, write)


def judgement_of(message: RawMessage) -> str | None:
    """Which judgement a message is the result of; None for one of another type, which is operation-server's to reject.

    Raises:
        Exception: it cannot be read.
    """
    if read_headers(message).get(TYPE) != SubsystemResult.__name__:
        return None
    return _FINISHED.decode(message.value() or b"").judgement_id
