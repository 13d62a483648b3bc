"""The metrics of what the services share."""

from __future__ import annotations

from prometheus_client import Gauge

KAFKA_AWAY = Gauge(
    "passwatch_kafka_client_away_seconds",
    "Time for which a Kafka client of the process has had no broker although Kafka answers others",
    ["client"],
)
