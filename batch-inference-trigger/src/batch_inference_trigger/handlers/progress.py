"""The progress topic into the ledger, one transaction for what a poll brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from batch_inference_trigger import metrics
from batch_inference_trigger.db.ledger import Closed, Ledger
from batch_inference_trigger.domain.progress import Arrival, Heartbeat, read
from passwatch.streaming.database import database_faults
from passwatch.streaming.handler import Handler

log = structlog.get_logger()


def progress_handler(ledger: Ledger, on_closed: Callable[[], None]) -> Handler[Arrival | Heartbeat]:
    """Takes progress and heartbeats into the ledger; ``on_closed`` is called after batches were closed."""

    def write(items: Sequence[Arrival | Heartbeat]) -> None:
        arrivals = [item for item in items if isinstance(item, Arrival)]
        clocks: dict[int, int] = {}
        for item in items:
            if isinstance(item, Heartbeat):
                clocks[item.partition] = max(item.broker_time, clocks.get(item.partition, 0))
        with database_faults(), metrics.LEDGER_SECONDS.time():
            closed = ledger.absorb(arrivals, clocks)
        metrics.MESSAGES.labels(type="progress").inc(len(arrivals))
        metrics.MESSAGES.labels(type="heartbeat").inc(len(items) - len(arrivals))
        for partition, clock in clocks.items():
            metrics.CLOCK_SECONDS.labels(partition=str(partition)).set(clock / 1000)
        _report(closed)
        if closed:
            on_closed()

    return Handler(read, write)


def _report(closed: Sequence[Closed]) -> None:
    for identity, batch, rule in closed:
        metrics.CLOSED.labels(rule=rule).inc()
        completeness = batch.completeness(rule)
        log.info(
            "batch closed",
            batch_uid=identity.batch_uid,
            satellite_id=identity.satellite_id,
            batch_id=identity.batch_id,
            mission=identity.mission,
            revision=batch.revision,
            rule=rule,
            records=completeness.records,
            expected=completeness.expected,
            conflicts=sum(span.count for span in completeness.conflicts),
        )
