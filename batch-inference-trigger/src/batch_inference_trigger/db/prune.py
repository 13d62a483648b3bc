"""Keeps the ledger bounded: forgets finished batches after the retention time."""

from __future__ import annotations

from sqlalchemy import Engine, delete, exists, func, select

from batch_inference_trigger import metrics
from batch_inference_trigger.db import tables

AT_MOST = 500


def prune(engine: Engine, retention_days: float) -> int:
    """Forget the batches that nothing was heard of for so long and whose tasks all have results; returns how many.

    Telemetry that arrives for a forgotten batch would begin it anew, so the retention must exceed Kafka's.
    """
    b, t = tables.batch.c, tables.task.c
    old = (
        select(b.batch_uid)
        .where(
            b.updated_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 0, retention_days * 86_400),
            b.due_at.is_(None),
            ~exists().where(t.batch_uid == b.batch_uid, t.done_at.is_(None)),
        )
        .limit(AT_MOST)
        .with_for_update(skip_locked=True)
    )
    total = 0
    while True:
        with engine.begin() as connection:
            pruned = connection.execute(delete(tables.batch).where(b.batch_uid.in_(old))).rowcount
        metrics.PRUNED.inc(pruned)
        total += pruned
        if pruned < AT_MOST:
            return total
