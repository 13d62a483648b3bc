import msgspec
import pytest
from kombu.exceptions import OperationalError

from passwatch.contracts import Completeness, JudgeTask
from passwatch.tasks import DELIVERY_LIMIT, dead_queue, declare_queues, make_celery, send_judge, task_queue

pytestmark = pytest.mark.engines

TASK = JudgeTask(
    judgement_id="3c0d7e0e-0000-5000-8000-000000000001",
    mission="default",
    satellite_id="SAT-001",
    batch_id="b",
    batch_uid="0b0f7d5e-5a3c-5b2e-9d0a-3f1d2c4b5a69",
    revision=1,
    subsystem="eps",
    subsystems=["eps"],
    ranges=[],
    completeness=Completeness(rule="complete", expected=0, records=0),
    marker_time=None,
    requested_at=0,
)


def test_a_task_waits_in_the_queue(rabbitmq_url: str) -> None:
    """A task that was sent is in the queue, whole, whether or not a worker listens."""
    app = make_celery(rabbitmq_url)
    declare_queues(app)
    send_judge(app, TASK)
    with app.connection_for_read() as connection, connection.SimpleQueue(task_queue("")) as queue:
        message = queue.get(timeout=60)
        (argument,) = message.payload[0]
        assert msgspec.convert(argument, JudgeTask) == TASK
        message.ack()


def test_a_task_returned_too_often_is_set_aside(rabbitmq_url: str) -> None:
    """A task that no worker survives ends in the dead queue instead of going round for ever."""
    app = make_celery(rabbitmq_url)
    declare_queues(app)
    send_judge(app, TASK)
    with app.connection_for_read() as connection:
        with connection.SimpleQueue(task_queue("")) as queue:
            for _ in range(DELIVERY_LIMIT + 1):
                queue.get(timeout=60).requeue()
        with connection.SimpleQueue(dead_queue("")) as dead:
            message = dead.get(timeout=60)
            assert message.headers["id"] == TASK.judgement_id
            message.ack()


def test_sending_without_a_broker_fails() -> None:
    """No confirmation means an error, never a silent loss."""
    with pytest.raises(OperationalError):
        send_judge(make_celery("amqp://a:b@127.0.0.1:9//"), TASK)
