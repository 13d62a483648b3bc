"""Every metric of the trigger."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("passwatch_trigger_messages_total", "Messages of the progress topic taken into the ledger", ["type"])
CLOSED = Counter("passwatch_trigger_closed_batches_total", "Revisions of batches handed to judgement", ["rule"])
LEDGER_SECONDS = Histogram("passwatch_trigger_ledger_transaction_seconds", "Time of one ledger transaction")
CLOCK_SECONDS = Gauge(
    "passwatch_trigger_clock_timestamp_seconds", "Broker time that a partition's heartbeats have reached", ["partition"]
)
TASKS_SENT = Counter("passwatch_trigger_sent_tasks_total", "Tasks that RabbitMQ confirmed", ["attempt"])
SEND_FAILURES = Counter("passwatch_trigger_send_failures_total", "Failed attempts to hand tasks to RabbitMQ")
TASKS_UNSENT = Gauge("passwatch_trigger_unsent_tasks", "Tasks in the outbox that RabbitMQ does not have yet")
TASKS_DONE = Counter("passwatch_trigger_finished_tasks_total", "Tasks whose result was seen")
PRUNED = Counter("passwatch_trigger_pruned_batches_total", "Finished batches that the ledger forgot")
