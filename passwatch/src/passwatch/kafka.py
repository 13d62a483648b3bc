"""Kafka as this platform uses it: names, producers that lose nothing, consumers that commit by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from passwatch.topics import ALL, DEAD_LETTERS, RESULTS, Topic

ConfigValue = str | int | float | bool | Callable[..., object]


def topic_name(prefix: str, topic: Topic) -> str:
    """The name of a topic in a deployment with this prefix."""
    return prefix + topic.name


def group_name(prefix: str, name: str) -> str:
    """The name of a consumer group in a deployment with this prefix."""
    return prefix + name


def make_producer(bootstrap: str, **extra: ConfigValue) -> Producer:
    """An idempotent producer: every message is acknowledged by all replicas, in order, once.

    ``extra`` overrides settings of librdkafka, with ``_`` for ``.``.
    """
    config: dict[str, ConfigValue] = {
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        "linger.ms": 5,
        "message.max.bytes": DEAD_LETTERS.max_message_bytes,
        "partitioner": "murmur2_random",
        "log.connection.close": False,
    }
    return Producer(config | _dotted(extra))


def make_consumer(bootstrap: str, group: str, **extra: ConfigValue) -> Consumer:
    """A consumer that starts at the earliest message and commits only when it is told to."""
    config: dict[str, ConfigValue] = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": 10_000,
        "heartbeat.interval.ms": 2_000,
        "max.poll.interval.ms": 300_000,
        "fetch.message.max.bytes": RESULTS.max_message_bytes,
        "allow.auto.create.topics": False,
        "topic.metadata.refresh.interval.ms": 10_000,
        "log.connection.close": False,
    }
    return Consumer(config | _dotted(extra))


def ensure_topics(
    bootstrap: str, prefix: str = "", topics: Sequence[Topic] = ALL, *, replication: int = 1, timeout_s: float = 30.0
) -> list[str]:
    """Create the topics that are missing; returns the names of those it created. Safe to run again at any time.

    Raises:
        KafkaException: the broker refused, or could not be reached within ``timeout_s`` seconds.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap, "log.connection.close": False})
    wanted = [
        NewTopic(topic_name(prefix, t), num_partitions=t.partitions, replication_factor=replication, config=t.config())
        for t in topics
    ]
    created: list[str] = []
    for name, future in admin.create_topics(wanted, operation_timeout=timeout_s, request_timeout=timeout_s).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            created.append(name)
    _await_leaders(admin, {t.topic for t in wanted}, timeout_s)
    return created


def _await_leaders(admin: AdminClient, names: set[str], timeout_s: float) -> None:
    """Return when every partition has a leader: a topic just created cannot be written to before that."""
    deadline = time.monotonic() + timeout_s
    while True:
        known = admin.list_topics(timeout=timeout_s).topics
        ready = {n for n in names if n in known and known[n].partitions}
        ready = {n for n in ready if all(p.leader >= 0 for p in known[n].partitions.values())}
        if ready == names:
            return
        if time.monotonic() > deadline:
            missing = ", ".join(sorted(names - ready))
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"no leader for {missing} after {timeout_s:g} s"))
        time.sleep(0.05)


def _dotted(extra: dict[str, ConfigValue]) -> dict[str, ConfigValue]:
    """Settings as librdkafka spells them; callbacks (``error_cb``, ``on_commit``) keep the client's spelling."""
    return {name if callable(value) else name.replace("_", "."): value for name, value in extra.items()}
