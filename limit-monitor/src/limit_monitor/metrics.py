"""The service's metrics, all in one place."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

PREFIX = "passwatch_limit_monitor_"

RECORDS = Counter(PREFIX + "records_total", "Records checked", ["mission"])
FINDINGS = Counter(PREFIX + "findings_total", "Violations that began", ["mission", "rule"])
SECONDS_TO_FINDING = Histogram(
    PREFIX + "seconds_to_finding_seconds",
    "From Kafka's timestamp of a chunk to its finding's acknowledgement",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 3600),
)
