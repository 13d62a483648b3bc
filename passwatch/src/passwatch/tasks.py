"""The task queue: one durable quorum queue on RabbitMQ, used through Celery by those who ask and those who judge."""

from __future__ import annotations

import msgspec
from celery import Celery
from kombu.entity import Exchange, Queue

from passwatch.contracts import CalibrationTask, JudgeTask

JUDGE_TASK = "passwatch.judge"
CALIBRATE_TASK = "passwatch.calibrate"
QUEUE = "analysis"
DEAD_QUEUE = "analysis.dead"
DELIVERY_LIMIT = 5
"""After so many returned deliveries RabbitMQ moves a task to the dead queue instead of delivering it again."""

CONFIRM_TIMEOUT_S = 10.0
AGAIN_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""A pooled connection that RabbitMQ has closed since (it was restarted) is found out by using it."""


def queue_name(prefix: str) -> str:
    """The name of the task queue in a deployment with this prefix."""
    return prefix + QUEUE


def dead_queue(prefix: str) -> Queue:
    """The queue of tasks that were given up."""
    name = prefix + DEAD_QUEUE
    return Queue(
        name, Exchange(name, type="direct", durable=True), routing_key=name, queue_arguments={"x-queue-type": "quorum"}
    )


def task_queue(prefix: str) -> Queue:
    """The queue of tasks to be done."""
    name, dead = queue_name(prefix), prefix + DEAD_QUEUE
    return Queue(
        name,
        Exchange(name, type="direct", durable=True),
        routing_key=name,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": dead,
            "x-dead-letter-routing-key": dead,
        },
    )


def make_celery(rabbitmq_url: str, prefix: str = "") -> Celery:
    """A Celery application on the task queue; results travel through Kafka, so there is no result backend.

    A task is acknowledged when it is done, returned when its worker is lost, and fetched one at a time. Sending
    waits for RabbitMQ's confirmation and raises ``kombu.exceptions.OperationalError`` without one.
    """
    app = Celery("passwatch", broker=rabbitmq_url)
    queue = task_queue(prefix)
    app.conf.update(
        task_queues=[queue],
        task_default_queue=queue.name,
        task_default_exchange=queue.name,
        task_default_routing_key=queue.name,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=True,
        task_send_sent_event=True,
        worker_enable_remote_control=True,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=10,
        broker_transport_options={"confirm_publish": True, "max_retries": 1},
    )
    return app


def declare_queues(app: Celery, prefix: str = "") -> None:
    """Declare both queues, so that no task is lost that is given up before anything listens for it."""
    with app.connection_for_write() as connection, connection.channel() as channel:
        for queue in (dead_queue(prefix), task_queue(prefix)):
            queue(channel).declare()


def send_judge(app: Celery, task: JudgeTask, headers: dict[str, str] | None = None) -> None:
    """Enqueue a judgement; returns when RabbitMQ has confirmed that it has it.

    Raises:
        kombu.exceptions.OperationalError: RabbitMQ could not be reached or did not confirm.
    """
    _send(app, JUDGE_TASK, task.judgement_id, task, headers)


def send_calibrate(app: Celery, task: CalibrationTask, headers: dict[str, str] | None = None) -> None:
    """Enqueue the fitting of a calibration; as :func:`send_judge`."""
    _send(app, CALIBRATE_TASK, task.fit_id, task, headers)


def _send(
    app: Celery, name: str, task_id: str, task: JudgeTask | CalibrationTask, headers: dict[str, str] | None
) -> None:
    app.send_task(
        name,
        args=[msgspec.to_builtins(task)],
        task_id=task_id,
        headers=headers or {},
        confirm_timeout=CONFIRM_TIMEOUT_S,
        retry=True,
        retry_policy=AGAIN_ONCE,
    )
