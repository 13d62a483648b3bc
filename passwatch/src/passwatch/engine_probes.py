"""Health probes of the engines, for :class:`passwatch.health.HealthServer`. Each raises or tells what is wrong."""

from __future__ import annotations

from celery import Celery
from confluent_kafka.admin import AdminClient

from passwatch.health import Check, Probe
from passwatch.victoria import VictoriaClient

TIMEOUT_S = 3.0


def kafka(bootstrap: str, *topics: str) -> Probe:
    """Whether the brokers answer and these topics exist.

    It has a client of its own: asking a consumer for metadata while another thread polls it may never return.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap, "log.connection.close": False, "log_level": 0})

    def probe() -> Check:
        known = admin.list_topics(timeout=TIMEOUT_S).topics
        missing = [name for name in topics if name not in known or known[name].error is not None]
        if missing:
            return Check(ok=False, detail=f"no topic {', '.join(missing)}")
        return Check(ok=True, detail="ok")

    return probe


def rabbitmq(app: Celery) -> Probe:
    """Whether RabbitMQ takes a connection with these credentials."""

    def probe() -> Check:
        with app.connection_for_write(connect_timeout=TIMEOUT_S) as connection:
            connection.connect()
        return Check(ok=True, detail="ok")

    return probe


def victoria(url: str) -> Probe:
    """Whether VictoriaMetrics answers."""

    def probe() -> Check:
        client = VictoriaClient(url, timeout_s=TIMEOUT_S)
        try:
            client.start_time()
        finally:
            client.close()
        return Check(ok=True, detail="ok")

    return probe
