"""The metrics of what the services share."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

KAFKA_AWAY = Gauge(
    "passwatch_kafka_client_away_seconds",
    "Time for which a Kafka client of the process has had no broker although Kafka answers others",
    ["client"],
)
CONSUMER_LAG = Gauge(
    "passwatch_kafka_lag_messages", "Messages of a topic that a group has not handled yet", ["topic", "group"]
)
CONSUMER_RETRIES = Counter(
    "passwatch_kafka_retries_total",
    "Times that messages of a topic were tried again, what they need being away",
    ["topic"],
)
DEAD_LETTERS = Counter(
    "passwatch_kafka_dead_letters_total",
    "Messages of a topic that were sent to the dead-letter topic",
    ["topic", "reason"],
)
