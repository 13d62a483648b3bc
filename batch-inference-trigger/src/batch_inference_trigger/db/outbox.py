"""Hands the outbox's tasks to RabbitMQ, and marks them sent when RabbitMQ has confirmed each.

A crash between the confirmation and the mark sends a task twice: judging twice gives one result.
"""

from __future__ import annotations

import msgspec
import structlog
from celery import Celery
from sqlalchemy import Engine, func, select, update

from batch_inference_trigger import metrics
from batch_inference_trigger.db import tables
from passwatch.contracts import JudgeTask
from passwatch.tasks import declare_queues, queue_name, send_judge

SEND_AT_MOST = 100
"""Tasks sent in one transaction; while it lasts, other triggers send other tasks."""

log = structlog.get_logger()


class Outbox:
    """The tasks that were written and are not known to be finished."""

    def __init__(self, engine: Engine, app: Celery, prefix: str) -> None:
        self._engine = engine
        self._app = app
        self._prefix = prefix
        self._declared = False

    def send(self) -> None:
        """Send everything that is unsent, oldest first.

        Raises:
            kombu.exceptions.OperationalError: RabbitMQ did not confirm; what it had confirmed is marked.
            sqlalchemy.exc.SQLAlchemyError: the ledger could not be read or marked.
        """
        while self._send_some() == SEND_AT_MOST:
            pass
        metrics.TASKS_UNSENT.set(self._count_unsent())

    def _send_some(self) -> int:
        t = tables.task.c
        failure: Exception | None = None
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(t.judgement_id, t.payload, t.traceparent, t.sends)
                .where(t.sent_at.is_(None), t.done_at.is_(None))
                .order_by(t.seq)
                .limit(SEND_AT_MOST)
                .with_for_update(skip_locked=True)
            ).all()
            sent: list[str] = []
            try:
                for row in rows:
                    self._send(row.payload, row.traceparent, row.sends)
                    sent.append(row.judgement_id)
            except Exception as error:  # the tasks that were confirmed before it are marked all the same
                failure = error
            if sent:
                mark = {"sent_at": func.now(), "sends": t.sends + 1}
                connection.execute(update(tables.task).where(t.judgement_id.in_(sent)).values(mark))
        if failure is not None:
            self._declared = False
            metrics.SEND_FAILURES.inc()
            raise failure
        return len(rows)

    def _send(self, payload: object, traceparent: str | None, sends: int) -> None:
        if not self._declared:
            declare_queues(self._app, self._prefix)
            self._declared = True
        task = msgspec.convert(payload, JudgeTask)
        send_judge(self._app, task, {"traceparent": traceparent} if traceparent else None)
        metrics.TASKS_SENT.labels(attempt="again" if sends else "first").inc()

    def _count_unsent(self) -> int:
        t = tables.task.c
        unsent = select(func.count()).where(t.sent_at.is_(None), t.done_at.is_(None))
        with self._engine.connect() as connection:
            return connection.execute(unsent).scalar_one()

    def recall(self, after_s: float) -> int:
        """Take back the tasks sent more than ``after_s`` seconds ago that have no result, to be sent again.

        Only if the queue is empty: RabbitMQ may have lost its data then, and while tasks are waiting, sending them
        once more would make the queue longer, not shorter. Returns how many.
        """
        t = tables.task.c
        late = (t.done_at.is_(None), t.sent_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 0, after_s))
        with self._engine.connect() as connection:
            if connection.execute(select(t.seq).where(*late).limit(1)).first() is None:
                return 0
        if self._waiting() > 0:
            return 0
        with self._engine.begin() as connection:
            recalled = connection.execute(update(tables.task).where(*late).values(sent_at=None)).rowcount
        log.warning("tasks without a result are sent again", tasks=recalled)
        return recalled

    def _waiting(self) -> int:
        """How many tasks are in the queue that no worker has."""
        declare_queues(self._app, self._prefix)
        with self._app.connection_for_write() as connection, connection.channel() as channel:
            return int(channel.queue_declare(queue=queue_name(self._prefix), passive=True).message_count)
