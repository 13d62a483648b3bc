"""Celery's consumer without native delayed delivery.

Celery adds it to every worker with a quorum queue: 28 more quorum queues on each virtual host, for tasks with an ETA.
This platform sends none.
"""

from __future__ import annotations

from celery.worker.consumer import Consumer

DELAYED_DELIVERY = "celery.worker.consumer.delayed_delivery:DelayedDelivery"


class PlainConsumer(Consumer):  # type: ignore[misc]
    """See the module."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        """The steps of Celery's own, but one."""

        default_steps = tuple(step for step in Consumer.Blueprint.default_steps if step != DELAYED_DELIVERY)
