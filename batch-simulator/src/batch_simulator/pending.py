"""Telemetry that is in Kafka but not yet known to the API, so that sending twice in a row sends no span twice."""

from __future__ import annotations

import time

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from batch_simulator.errors import KafkaUnreachableError
from batch_simulator.publish import SILENT
from passwatch import headers
from passwatch.contracts import BatchEnd, TelemetryChunk
from passwatch.kafka import make_consumer, topic_name
from passwatch.topics import TELEMETRY

LOOK_BACK_S = 60.0
_TIMEOUT_S = 10.0
_END = msgspec.json.Decoder(BatchEnd)
_CHUNK = msgspec.json.Decoder(TelemetryChunk)


def newest_samples(bootstrap: str, topic_prefix: str, mission: str, satellites: set[str]) -> dict[str, int]:
    """Newest event time per satellite, ms, among what Kafka took within the last minute.

    Raises:
        KafkaUnreachableError: Kafka does not answer.
    """
    topic = topic_name(topic_prefix, TELEMETRY)
    consumer = make_consumer(bootstrap, topic_prefix + "batch-simulator", logger=SILENT)
    try:
        return _read(consumer, topic, mission, satellites)
    except KafkaException as error:
        raise KafkaUnreachableError(f"Kafka at {bootstrap} cannot be read: {error.args[0].str()}") from error
    finally:
        consumer.close()


def _read(consumer: Consumer, topic: str, mission: str, satellites: set[str]) -> dict[str, int]:
    known = consumer.list_topics(topic, timeout=_TIMEOUT_S).topics[topic].partitions
    if not known:
        return {}
    since = int((time.time() - LOOK_BACK_S) * 1000)
    starts = consumer.offsets_for_times([TopicPartition(topic, p, since) for p in known], timeout=_TIMEOUT_S)
    ends = {}
    for start in starts:
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, start.partition), timeout=_TIMEOUT_S)
        if 0 <= start.offset < end:
            ends[start.partition] = end
    consumer.assign([start for start in starts if start.partition in ends])
    newest: dict[str, int] = {}
    deadline = time.monotonic() + _TIMEOUT_S
    while ends and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is None or message.error() is not None:
            continue
        partition, offset, key, value = message.partition(), message.offset(), message.key(), message.value()
        if partition is None or offset is None:
            continue
        if offset >= ends.get(partition, 0) - 1:
            ends.pop(partition, None)
        satellite = (key or b"").decode(errors="replace")
        if satellite in satellites and value is not None:
            last = _last_time(headers.read(message.headers()).get(headers.TYPE, ""), value, mission)
            newest[satellite] = max(newest.get(satellite, 0), last)
    return {satellite: last for satellite, last in newest.items() if last > 0}


def _last_time(kind: str, payload: bytes | str, mission: str) -> int:
    """The last event time in a message of this mission; 0 if it is of another one, or unreadable."""
    try:
        if kind == BatchEnd.__name__:
            end = _END.decode(payload)
            return end.last_time if end.mission == mission else 0
        chunk = _CHUNK.decode(payload)
    except msgspec.MsgspecError:
        return 0
    return chunk.timestamps[-1] if chunk.mission == mission else 0
