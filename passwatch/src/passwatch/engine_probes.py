"""Health probes of the engines, for :class:`passwatch.health.HealthServer`. Each raises or tells what is wrong."""

from __future__ import annotations

from celery import Celery
from confluent_kafka.admin import AdminClient

from passwatch.health import Check, Probe
from passwatch.victoria import VictoriaClient

TIMEOUT_S = 3.0


def kafka(bootstrap: str, *topics: str) -> Probe:
    """Whether there are brokers, which answer, and these topics exist.

    It has a client of its own: asking a consumer for metadata while another thread polls it may never return.
    """
    return _KafkaProbe(bootstrap, topics).check


class _KafkaProbe:
    """Makes its client anew after a failure: one that has lost all its brokers may not find them again by itself."""

    def __init__(self, bootstrap: str, topics: tuple[str, ...]) -> None:
        self._bootstrap = bootstrap
        self._topics = topics
        self._client: AdminClient | None = None

    def check(self) -> Check:
        client, self._client = self._client or self._connect(), None
        found = client.list_topics(timeout=TIMEOUT_S)
        if not found.brokers:
            return Check(ok=False, detail="Kafka says that it has no broker")
        self._client = client
        missing = [name for name in self._topics if name not in found.topics or found.topics[name].error is not None]
        if missing:
            return Check(ok=False, detail=f"no topic {', '.join(missing)}")
        return Check(ok=True, detail="ok")

    def _connect(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self._bootstrap, "log.connection.close": False, "log_level": 0})


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
