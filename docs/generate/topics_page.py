"""docs/topics.md: the Kafka topics and the task queues, from the shared library."""

from __future__ import annotations

from docs.generate.markdown import code, page, table
from passwatch import topics
from passwatch.asyncapi import CARRIED, OPERATIONS
from passwatch.tasks import DEAD_QUEUE, DELIVERY_LIMIT, QUEUE

INTRODUCTION = """\
Topics are created by `python -m victoria_consumer topics`, which adds the missing ones and leaves the others alone.
`PASSWATCH_TOPIC_PREFIX` is put before every name of a topic, consumer group and queue, so that several deployments can
share one broker. All topics use the broker's time of appending (`message.timestamp.type=LogAppendTime`)."""

QUEUES = f"""\
RabbitMQ holds the judgements to be made and the calibrations to be fitted in the quorum queue `{QUEUE}`. A task that
came back {DELIVERY_LIMIT} times is moved to `{DEAD_QUEUE}` instead of being delivered again."""

SIZES = """\
Size limits grow along a message's path, so that no topic refuses what an earlier one took. The validator accepts
telemetry of at most {limit}; a larger message goes to the dead-letter topic."""


def render() -> str:
    """The page."""
    rows = [
        (
            code(t.name),
            ", ".join(code(m.__name__) for m in CARRIED[t]) or "rejected messages as they came",
            str(t.partitions),
            "the newest of each key" if t.compacted else f"{t.retention_ms // topics.DAY_MS} days",
            _mib(t.max_message_bytes),
            t.purpose,
        )
        for t in topics.ALL
    ]
    moves = [(code(topic.name), action + "s", summary) for _, action, topic, summary in OPERATIONS]
    return page(
        "Topics and queues",
        INTRODUCTION,
        table(("topic", "messages", "partitions", "kept", "largest message", "purpose"), rows),
        SIZES.format(limit=_mib(topics.MAX_CHUNK_BYTES)),
        "## Who writes and who reads",
        table(("topic", "", "who"), moves),
        "## Task queues",
        QUEUES,
    )


def _mib(size: int) -> str:
    return f"{size / topics.MIB:g} MiB"
