"""Follows the results, so that the ledger knows which tasks are finished."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from confluent_kafka import Consumer, Message
from sqlalchemy import Engine, func, update

from batch_inference_trigger import metrics, schema
from batch_inference_trigger.messages import headers_of, next_offsets
from passwatch.contracts import SubsystemResult
from passwatch.headers import TYPE, read

POLL_S = 0.5
AT_MOST = 200


class Finished(msgspec.Struct):
    """The one field of a result that matters here; the rest is not even parsed."""

    judgement_id: str


_FINISHED = msgspec.json.Decoder(Finished)


class ResultFollower:
    """Marks the tasks done whose results it reads; ``consumer`` is subscribed to the results."""

    def __init__(self, engine: Engine, consumer: Consumer) -> None:
        self._engine = engine
        self._consumer = consumer
        self._pending: list[Message] = []

    def step(self) -> None:
        """Take what is there and mark it; after a failure the same messages are marked by the next step.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: nothing was marked nor committed.
        """
        if not self._pending:
            first = self._consumer.poll(POLL_S)
            if first is None:
                return
            self._pending = [first, *self._consumer.consume(AT_MOST, timeout=0)]
        good = [m for m in self._pending if m.error() is None]
        self._mark([judgement for m in good if (judgement := _judgement_id(m))])
        if good:
            self._consumer.commit(offsets=next_offsets(good), asynchronous=True)
        self._pending = []

    def _mark(self, judgements: Sequence[str]) -> None:
        if not judgements:
            return
        t = schema.task.c
        with self._engine.begin() as connection:
            done = connection.execute(
                update(schema.task)
                .where(t.judgement_id.in_(judgements), t.done_at.is_(None))
                .values(done_at=func.now())
            )
        metrics.TASKS_DONE.inc(done.rowcount)


def _judgement_id(message: Message) -> str | None:
    if read(headers_of(message)).get(TYPE) != SubsystemResult.__name__:
        return None
    try:
        return _FINISHED.decode(message.value() or b"").judgement_id
    except msgspec.MsgspecError:
        return None
