import msgspec
import pytest
from confluent_kafka import Message

from passwatch import headers
from passwatch.contracts import BatchEnd
from passwatch.kafka import ensure_topics, group_name, make_consumer, make_producer, topic_name
from passwatch.topics import TELEMETRY
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines


def test_topics_may_be_created_again(kafka_bootstrap: str, topic_prefix: str) -> None:
    """Creating topics that exist changes nothing and raises nothing."""
    assert ensure_topics(kafka_bootstrap, topic_prefix) == []


def test_a_message_arrives_with_headers_and_broker_time(kafka_bootstrap: str, topic_prefix: str) -> None:
    """What is produced is consumed unaltered, with its key, its type and the time at which the broker took it."""
    sent = BatchEnd(mission="m", satellite_id="S", batch_id="b", records=1, first_time=0, last_time=0)
    producer = make_producer(kafka_bootstrap)
    topic = topic_name(topic_prefix, TELEMETRY)
    producer.produce(
        topic,
        key="S",
        value=msgspec.json.encode(sent),
        headers=[*headers.make(BatchEnd)],
    )
    assert producer.flush(20) == 0
    consumer = make_consumer(kafka_bootstrap, group_name(topic_prefix, "reader"))
    consumer.subscribe([topic])
    try:

        def poll() -> Message | None:
            return consumer.poll(0.2)

        message = wait_for("the message", poll)
        assert message.error() is None
        assert message.key() == b"S"
        assert msgspec.json.decode(message.value() or b"", type=BatchEnd) == sent
        assert headers.read(message.headers())[headers.TYPE] == "BatchEnd"
        kind, time_ms = message.timestamp()
        assert (kind, time_ms > 1_600_000_000_000) == (2, True)
    finally:
        consumer.close()
