"""The service's metrics, all in one place."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PREFIX = "passwatch_operation_server_"

REQUESTS = Counter(PREFIX + "requests_total", "Requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(PREFIX + "request_seconds", "Time to an answer", ["route"])
MESSAGES = Counter(PREFIX + "messages_total", "Kafka messages handled", ["topic"])
WRITE_SECONDS = Histogram(PREFIX + "write_seconds", "Time of a database transaction of a consumer", ["topic"])
VERDICTS = Counter(PREFIX + "verdicts_total", "Subsystem verdicts stored", ["verdict"])
REPEATED = Counter(PREFIX + "repeated_results_total", "Results that were stored already")
SECONDS_TO_VERDICT = Histogram(
    PREFIX + "seconds_to_verdict_seconds",
    "From a batch's marker to its last verdict's commit",
    buckets=(0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 3600),
)
STREAMS = Gauge(PREFIX + "live_streams", "Live streams open")
LIVE_EVENTS = Counter(PREFIX + "live_events_total", "Events read from the live sequence")
CACHE = Counter(PREFIX + "trend_cache_total", "Look-ups in the trend cache", ["outcome"])
JOBS_SENT = Counter(PREFIX + "jobs_sent_total", "On-demand jobs handed to the task queue")
FITS = Counter(PREFIX + "calibration_fits_total", "Calibrations asked for: fitted, or failed", ["outcome"])
INCIDENTS = Counter(PREFIX + "incidents_total", "Incidents that became known", ["state", "severity"])
ALARM_ACTS = Counter(PREFIX + "alarm_acts_total", "What people did about alarms", ["act"])
SEARCHES = Counter(PREFIX + "searches_total", "Searches answered", ["engine"])
SEARCH_BEHIND = Gauge(PREFIX + "search_behind_changes", "Changes that Elasticsearch does not have yet, at most")
PRUNED = Counter(PREFIX + "pruned_total", "Partitions and rows removed by retention", ["what"])
