"""All metrics of the victoria-consumer."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

MESSAGES = Counter("passwatch_consumer_messages", "Messages taken from Kafka")
RECORDS = Counter("passwatch_consumer_records", "Telemetry records stored, resent ones included")
SAMPLES = Counter("passwatch_consumer_samples", "Samples stored, resent ones included")
IMPORTED_BYTES = Counter("passwatch_consumer_imported_bytes", "Bytes of import lines sent to VictoriaMetrics")
REWINDS = Counter("passwatch_consumer_rewinds", "Times that telemetry was taken again, storage being in doubt")
REJECTED_ROWS = Counter("passwatch_consumer_rejected_rows", "Rows that VictoriaMetrics dropped without an error")
BUILD_SECONDS = Histogram("passwatch_consumer_build_seconds", "Checking a poll and making its lines", buckets=_SECONDS)
IMPORT_SECONDS = Histogram("passwatch_consumer_import_seconds", "One import into VictoriaMetrics", buckets=_SECONDS)
FLUSH_SECONDS = Histogram("passwatch_consumer_flush_seconds", "One flush of VictoriaMetrics", buckets=_SECONDS)
PUBLISH_SECONDS = Histogram("passwatch_consumer_publish_seconds", "Publishing what a flush released", buckets=_SECONDS)
ASSIGNED_PARTITIONS = Gauge("passwatch_consumer_assigned_partitions", "Partitions assigned to this consumer")
SLOWED_PARTITIONS = Gauge(
    "passwatch_consumer_slowed_partitions", "Partitions that wait because too many messages were bad"
)
