"""The subject: the real consumer, in a process of its own, on telemetry that waits in Kafka."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from confluent_kafka import TopicPartition

from passwatch import headers
from passwatch.contracts import BatchProgress
from passwatch.kafka import make_consumer, topic_name
from passwatch.topics import PROGRESS
from tests.support.free_port import free_port

_TIMEOUT_S = 120.0


def consume_seconds(env: Mapping[str, str], prefix: str, satellites: int, records: int) -> float:
    """Seconds from the consumer's first poll to the last progress that Kafka took.

    The poll begins when the partitions are assigned, as the consumer's log dates it. Progress is told after its samples
    can be read back, and the broker dates it. All that the consumer checks and tells is on; its offsets are committed
    without the usual delay, so that commits fall into the measured time.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")}
    wanted = ("PASSWATCH_KAFKA_BOOTSTRAP", "PASSWATCH_VICTORIA_URL", "PASSWATCH_POSTGRES_DSN", "PASSWATCH_MISSIONS_DIR")
    own |= {name: env[name] for name in wanted}
    own |= {
        "PASSWATCH_TOPIC_PREFIX": prefix,
        "PASSWATCH_HEALTH_PORT": str(free_port()),
        "PASSWATCH_COMMIT_DELAY_S": "0",
        "PASSWATCH_LOG_FORMAT": "json",
    }
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        command = [sys.executable, "-m", "victoria_consumer", "run"]
        process = subprocess.Popen(command, env=own, stderr=log)  # noqa: S603 - the consumer itself
        try:
            ended_ms = _await_progress(env["PASSWATCH_KAFKA_BOOTSTRAP"], prefix, satellites, records, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        return (ended_ms - _first_poll_ms(Path(log.name))) / 1000


def _await_progress(
    bootstrap: str, prefix: str, satellites: int, records: int, process: subprocess.Popen[bytes]
) -> int:
    """The broker time of the progress message that completes the last batch."""
    consumer = make_consumer(bootstrap, prefix + "bench", fetch_wait_max_ms=100)
    consumer.assign([TopicPartition(topic_name(prefix, PROGRESS), p, 0) for p in range(PROGRESS.partitions)])
    told: dict[str, int] = {}
    ended = 0
    deadline = time.monotonic() + _TIMEOUT_S
    try:
        while sum(told.values()) < satellites * records:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"the consumer has told {sum(told.values())} of {satellites * records} records")
            for message in consumer.consume(100, timeout=0.2):
                if message.error() or headers.read(message.headers())[headers.TYPE] != BatchProgress.__name__:
                    continue
                progress = msgspec.json.decode(message.value() or b"", type=BatchProgress)
                count = sum(stored.count for stored in progress.ranges)
                told[progress.satellite_id] = told.get(progress.satellite_id, 0) + count
                ended = max(ended, message.timestamp()[1])
    finally:
        consumer.close()
    return ended


def _first_poll_ms(log: Path) -> float:
    for text in log.read_text().splitlines():
        line = json.loads(text)
        if line["event"] == "partitions assigned":
            return datetime.fromisoformat(line["timestamp"]).timestamp() * 1000
    raise RuntimeError("the consumer's log does not say when partitions were assigned")
