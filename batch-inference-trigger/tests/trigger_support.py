"""What the trigger's tests on real engines put in, look at and start."""

from __future__ import annotations

import base64
import os
import signal
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import requests
from celery import Celery
from confluent_kafka import Producer

from passwatch import headers
from passwatch.contracts import (
    BatchProgress,
    JudgeTask,
    Marker,
    Message,
    PartitionHeartbeat,
    StoredRange,
    SubsystemResult,
)
from passwatch.kafka import topic_name
from passwatch.tasks import queue_name
from passwatch.topics import PROGRESS, RESULTS, Topic
from tests.support.wait import wait_for

CADENCE_MS = 30_000
PARTITION = 0


def progress(
    satellite: str,
    first: int = 0,
    count: int = 0,
    *,
    at: int,
    marker: int | None = None,
    batch: str = "b1",
    hashes: dict[int, int] | None = None,
    mission: str = "default",
) -> BatchProgress:
    """Progress of a batch whose record i was taken at 30 s · i; its hash is i + 1 unless ``hashes`` says other."""
    values = [(hashes or {}).get(i, i + 1) for i in range(first, first + count)]
    stored = (
        StoredRange(
            first=first,
            count=count,
            first_time=first * CADENCE_MS,
            last_time=(first + count - 1) * CADENCE_MS,
            hashes=base64.b64encode(struct.pack(f"<{count}Q", *values)).decode(),
        )
        if count
        else None
    )
    end = Marker(records=marker, first_time=0, last_time=(marker - 1) * CADENCE_MS, broker_time=at) if marker else None
    return BatchProgress(
        mission=mission,
        satellite_id=satellite,
        batch_id=batch,
        ranges=[stored] if stored else [],
        marker=end,
        broker_time=at,
    )


@dataclass
class Bus:
    """Puts messages into the progress topic as the consumer would, and results as the worker would."""

    prefix: str
    producer: Producer

    def send(self, *messages: BatchProgress, partition: int = PARTITION) -> None:
        for message in messages:
            self._produce(PROGRESS, message, message.satellite_id, partition)
        self.flush()

    def send_soon(self, message: BatchProgress, partition: int) -> None:
        self._produce(PROGRESS, message, message.satellite_id, partition)

    def beat(self, clock: int, partition: int = PARTITION) -> None:
        self._produce(PROGRESS, PartitionHeartbeat(partition=partition, broker_time=clock), "", partition)
        self.flush()

    def raw(self, value: bytes, raw_headers: list[tuple[str, bytes]], partition: int = PARTITION) -> None:
        self.producer.produce(topic_name(self.prefix, PROGRESS), value, headers=list(raw_headers), partition=partition)
        self.flush()

    def finish(self, task: JudgeTask) -> None:
        """A result, as far as the trigger reads it."""
        name = topic_name(self.prefix, RESULTS)
        body = msgspec.json.encode({"judgement_id": task.judgement_id})
        self.producer.produce(name, body, key=task.satellite_id, headers=list(headers.make(SubsystemResult)))
        self.flush()

    def flush(self) -> None:
        assert self.producer.flush(30) == 0

    def _produce(self, topic: Topic, message: Message, key: str, partition: int) -> None:
        self.producer.produce(
            topic_name(self.prefix, topic),
            msgspec.json.encode(message),
            key=key,
            headers=list(headers.make(type(message))),
            partition=partition,
        )


@dataclass
class Queue:
    """Looks into the task queue and takes tasks from it, as a worker would."""

    app: Celery
    prefix: str
    taken: list[JudgeTask] = field(default_factory=list)

    def take(self, count: int, timeout_s: float = 30.0) -> list[JudgeTask]:
        """The next ``count`` tasks, acknowledged."""
        start = len(self.taken)
        wait_for(f"{count} tasks", lambda: self._drain() - start >= count, timeout_s)
        assert len(self.taken) - start == count
        return self.taken[start:]

    def empty(self) -> bool:
        before = len(self.taken)
        return self._drain() == before

    def _drain(self) -> int:
        with self.app.connection_for_read() as connection, connection.channel() as channel:
            try:
                while (message := channel.basic_get(queue_name(self.prefix), no_ack=True)) is not None:
                    args, _, _ = msgspec.json.decode(message.body)
                    self.taken.append(msgspec.convert(args[0], JudgeTask))
            except (*connection.channel_errors, *connection.connection_errors):
                pass  # the queue is not there, or is just being declared
        return len(self.taken)


@dataclass
class Trigger:
    """The service as a process."""

    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, **changes: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "batch_inference_trigger", "run"],
                env={**clean_environment(), **self.env, **changes},
                stderr=log,
            )

    def health(self) -> dict[str, Any] | None:
        try:
            answer = requests.get(f"http://127.0.0.1:{self.env['PASSWATCH_HEALTH_PORT']}/health/ready", timeout=60)
        except requests.ConnectionError:
            return None
        body: dict[str, Any] = answer.json()
        return body

    def wait_ready(self) -> None:
        wait_for("the trigger is ready", lambda: (self.health() or {}).get("ready"))

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")}
