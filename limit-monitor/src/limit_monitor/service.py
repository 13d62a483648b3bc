"""The consumer: telemetry from Kafka, findings to Kafka."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec
import structlog
from confluent_kafka import Producer

from limit_monitor import metrics
from limit_monitor.settings import Settings
from limit_monitor.watch import Watch
from passwatch import engine_probes, headers
from passwatch.contracts import BatchEnd, LimitFinding, TelemetryChunk
from passwatch.health import HealthServer, Probe
from passwatch.kafka import group_name, make_producer, topic_name
from passwatch.kafka_watchdog import KafkaWatchdog
from passwatch.mission import Mission
from passwatch.signals import StopSignal
from passwatch.streaming.faults import Reject, Retry
from passwatch.streaming.handler import Handler
from passwatch.streaming.loop import ConsumerLoop, Subscription
from passwatch.streaming.messages import RawMessage, decode, kind_of, read_headers
from passwatch.streaming.outgoing import Outgoing, Sender
from passwatch.topics import LIMIT_FINDINGS, TELEMETRY

NAME = "limit-monitor"
AT_MOST = 500
FLUSH_S = 5.0

Taken = tuple[TelemetryChunk, int]
"""A chunk, and when Kafka took it (ms)."""
log = structlog.get_logger()


def telemetry_handler(
    missions: Mapping[str, Mission], producer: Producer, prefix: str, stop: StopSignal
) -> Handler[Taken]:
    """Checks chunks, and sends what is found. What was checked before a fault is not found twice: ids are the same."""
    watch, sender, topic = Watch(missions), Sender(producer), topic_name(prefix, LIMIT_FINDINGS)

    def write(chunks: Sequence[Taken]) -> None:
        found: list[LimitFinding] = []
        for chunk, broker_time in chunks:
            found += watch.take(chunk, broker_time)
            metrics.RECORDS.labels(chunk.mission).inc(len(chunk.timestamps))
        if not found:
            return
        if not sender.send([_outgoing(topic, finding) for finding in found], stop.is_set):
            raise Retry("Kafka has not acknowledged the findings")
        now = time.time()
        for finding in found:
            if finding.ongoing:
                metrics.FINDINGS.labels(finding.mission, finding.rule).inc()
                metrics.SECONDS_TO_FINDING.observe(max(0.0, now - finding.broker_time / 1000))
        log.info("findings_sent", findings=len(found))

    return Handler(_read, write)


def _read(message: RawMessage) -> Taken | None:
    """A chunk; None for a marker, and for what victoria-consumer rejects from the same topic."""
    try:
        if kind_of(read_headers(message), TelemetryChunk, BatchEnd) is BatchEnd:
            return None
        return decode(message, TelemetryChunk), message.timestamp()[1]
    except Reject:
        return None


def _outgoing(topic: str, finding: LimitFinding) -> Outgoing:
    made = [*headers.make(LimitFinding)]
    return Outgoing(topic, -1, finding.satellite_id.encode(), msgspec.json.encode(finding), [*made])


def serve(settings: Settings, missions: Mapping[str, Mission], stop: StopSignal) -> None:
    """Check telemetry until asked to stop."""
    prefix = settings.topic_prefix
    watchdog = KafkaWatchdog(settings.kafka_bootstrap, settings.kafka_patience_s)
    producer = make_producer(settings.kafka_bootstrap, **watchdog.settings("producer"))
    consumer = ConsumerLoop(
        settings.kafka_bootstrap,
        prefix,
        Subscription(TELEMETRY, group_name(prefix, NAME), at_most=AT_MOST),
        telemetry_handler(missions, producer, prefix, stop),
        producer,
        stop,
        lambda: watchdog.settings("telemetry"),
    )
    checks: dict[str, Probe] = {
        "kafka": engine_probes.kafka(settings.kafka_bootstrap, topic_name(prefix, TELEMETRY)),
        "kafka_clients": watchdog.check,
        "telemetry": consumer.check,
    }
    health = HealthServer(settings.health_host, settings.health_port, checks)
    health.start()
    watchdog.start()
    try:
        consumer.run()
    finally:
        watchdog.stop()
        producer.flush(FLUSH_S)
        health.stop()
