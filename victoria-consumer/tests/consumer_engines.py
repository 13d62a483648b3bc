"""Real engines for the consumer's tests: a VictoriaMetrics that may be killed, consumers, and topics to look at."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Message, TopicPartition
from consumer_support import MISSIONS

from passwatch import headers
from passwatch.contracts import BatchEnd, BatchProgress, PartitionHeartbeat, TelemetryChunk
from passwatch.kafka import group_name, make_consumer, make_producer, topic_name
from passwatch.signals import StopSignal
from passwatch.topics import DEAD_LETTERS, PROGRESS, TELEMETRY, Topic
from passwatch.victoria import VictoriaClient, VictoriaUnavailable
from tests.support.free_port import free_port
from tests.support.wait import wait_for
from victoria_consumer.app import Service
from victoria_consumer.handlers.telemetry import GROUP
from victoria_consumer.handlers.topic_ends import TopicEnds
from victoria_consumer.settings import Settings


class PrivateVictoria:
    """A VictoriaMetrics of one test's own, with the platform's flags, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, in another second than before, by which a restart is known, and wait until it answers."""
        wait_for("a new second", lambda: int(time.time()) > self._started)
        self._process = subprocess.Popen(  # noqa: S603 - the platform's own engine
            [  # noqa: S607
                "victoria-metrics",
                f"-httpListenAddr=127.0.0.1:{self._port}",
                f"-storageDataPath={self._folder}",
                "-retentionPeriod=1y",
                "-dedup.minScrapeInterval=1ms",
                "-search.latencyOffset=0s",
                "-memory.allowedBytes=200MB",
                "-loggerLevel=ERROR",
            ]
        )
        client = VictoriaClient(self.url)
        wait_for("VictoriaMetrics answers", lambda: _answers(client))
        self._started = int(client.start_time())
        client.close()

    def freeze(self) -> None:
        """Let it answer nothing until :meth:`thaw`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once: what it has not saved is lost."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


def _answers(client: VictoriaClient) -> bool:
    try:
        return client.start_time() > 0
    except VictoriaUnavailable:
        return False


@dataclass
class ShiftedClock:
    """The steadily rising clock, and a shift that a test may add to it."""

    shift_s: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.shift_s


@dataclass
class RunningConsumer:
    """A consumer at work in a thread of the test's process."""

    service: Service
    clock: ShiftedClock
    stop_signal: StopSignal = field(default_factory=StopSignal)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Let it work."""
        self.thread = threading.Thread(target=self.service.run, args=(self.stop_signal,))
        self.thread.start()
        wait_for("the consumer is a member of its group", lambda: self.service.probes()["kafka"]().ok)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.stop_signal.set()
        if self.thread is not None:
            self.thread.join(30)
            assert not self.thread.is_alive(), "the consumer does not stop"


class TopicReader:
    """Reads a topic from its beginning, again and again up to where it ends now."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._ends = TopicEnds(bootstrap, topic)
        self._places = [TopicPartition(topic, partition, 0) for partition in range(partitions)]
        self._consumer = make_consumer(bootstrap, "reader-of-" + topic, fetch_wait_max_ms=20)
        self._consumer.assign(self._places)
        self._seen: list[Message] = []
        self._next = dict.fromkeys(range(partitions), 0)

    def read(self) -> list[Message]:
        """All messages up to now, in the order of each partition."""
        self._ends.ask(self._next)
        ends = wait_for("the ends of the topic", self._ends.answer, every_s=0.005)
        deadline = time.monotonic() + 20
        while any(self._next[partition] < end for partition, end in ends.items()):
            assert time.monotonic() < deadline, f"read up to {self._next} of {ends}"
            for message in self._consumer.consume(500, timeout=0.02):
                if message.error() is None:
                    self._seen.append(message)
                    self._next[message.partition() or 0] = (message.offset() or 0) + 1
        return list(self._seen)

    def close(self) -> None:
        """Close its connection."""
        self._consumer.close()


@dataclass
class Station:
    """Sends telemetry under a prefix, runs consumers of it and looks at what they make of it."""

    bootstrap: str
    prefix: str
    victoria_url: str
    postgres_dsn: str
    _readers: dict[str, TopicReader] = field(default_factory=dict)

    def settings(self, **changes: Any) -> Settings:
        """Settings of a consumer."""
        given: dict[str, Any] = {
            "kafka_bootstrap": self.bootstrap,
            "topic_prefix": self.prefix,
            "victoria_url": self.victoria_url,
            "postgres_dsn": self.postgres_dsn,
            "missions_dir": Path(),
            "health_port": 1,
            "heartbeat_interval_s": 0.2,
        }
        return Settings(**(given | changes))

    @contextmanager
    def consumer(self, **changes: Any) -> Iterator[RunningConsumer]:
        """A consumer at work; its settings may be changed."""
        clock = ShiftedClock()
        running = RunningConsumer(Service(self.settings(**changes), MISSIONS, clock), clock)
        try:
            running.start()
            yield running
        finally:
            running.stop()

    def send(
        self,
        *messages: tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes | None]] | None],
        partition: int = -1,
    ) -> None:
        """Send messages (key, payload, headers), to one partition or each to its key's; wait until Kafka has them."""
        producer = make_producer(self.bootstrap)
        for key, payload, raw_headers in messages:
            producer.produce(
                topic_name(self.prefix, TELEMETRY),
                key=key,
                value=payload,
                headers=None if raw_headers is None else [*raw_headers],
                partition=partition,
            )
        assert producer.flush(30) == 0

    def send_chunks(self, *bodies: dict[str, Any]) -> None:
        """Send telemetry chunks that are given as plain data."""
        made = headers.make(TelemetryChunk)
        self.send(*((body["satellite_id"].encode(), msgspec.json.encode(body), made) for body in bodies))

    def send_end(self, body: dict[str, Any], partition: int = -1) -> None:
        """Send a marker that is given as plain data."""
        self.send(
            (body["satellite_id"].encode(), msgspec.json.encode(body), headers.make(BatchEnd)), partition=partition
        )

    def stored(self, satellite: str, start: int, end: int) -> dict[str, dict[int, float]]:
        """What can be read back of a satellite now: values by time, by series name."""
        client = VictoriaClient(self.victoria_url)
        try:
            found = client.export(f'{{satellite_id="{satellite}"}}', start, end)
        finally:
            client.close()
        return {s.metric["__name__"]: dict(zip(s.timestamps, s.values, strict=True)) for s in found}

    def messages(self, topic: Topic) -> list[Message]:
        """All messages of a topic that are there now, in the order of each partition."""
        if topic.name not in self._readers:
            self._readers[topic.name] = TopicReader(self.bootstrap, topic_name(self.prefix, topic), topic.partitions)
        return self._readers[topic.name].read()

    def close(self) -> None:
        """Close what looked at topics."""
        for reader in self._readers.values():
            reader.close()

    def reported(self) -> list[tuple[int, BatchProgress | PartitionHeartbeat]]:
        """All progress and heartbeats, with the partition of each."""
        kinds = {"BatchProgress": BatchProgress, "PartitionHeartbeat": PartitionHeartbeat}
        return [
            (
                m.partition() or 0,
                msgspec.json.decode(m.value() or b"", type=kinds[headers.read(m.headers())[headers.TYPE]]),
            )
            for m in self.messages(PROGRESS)
        ]

    def progress(self, satellite: str) -> list[BatchProgress]:
        """The progress of a satellite's batches."""
        return [
            reported
            for _, reported in self.reported()
            if isinstance(reported, BatchProgress) and reported.satellite_id == satellite
        ]

    def dead_letters(self) -> list[tuple[dict[str, str], Message]]:
        """The dead letters: their headers, and themselves."""
        return [(headers.read(m.headers()), m) for m in self.messages(DEAD_LETTERS)]

    def committed(self) -> dict[int, int]:
        """The offsets that the consumer's group has committed."""
        name = topic_name(self.prefix, TELEMETRY)
        consumer = make_consumer(self.bootstrap, group_name(self.prefix, GROUP))
        try:
            places = [TopicPartition(name, partition) for partition in range(TELEMETRY.partitions)]
            return {p.partition: p.offset for p in consumer.committed(places, timeout=10) if p.offset >= 0}
        finally:
            consumer.close()


def records_told(progress: list[BatchProgress]) -> set[int]:
    """The records that these messages report."""
    return {
        index
        for message in progress
        for stored in message.ranges
        for index in range(stored.first, stored.first + stored.count)
    }


def process_env(station: Station, missions_dir: Path, port: int) -> dict[str, str]:
    """The environment of a consumer that runs as a process of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")} | {
        "PASSWATCH_KAFKA_BOOTSTRAP": station.bootstrap,
        "PASSWATCH_TOPIC_PREFIX": station.prefix,
        "PASSWATCH_VICTORIA_URL": station.victoria_url,
        "PASSWATCH_POSTGRES_DSN": station.postgres_dsn,
        "PASSWATCH_MISSIONS_DIR": str(missions_dir),
        "PASSWATCH_HEALTH_PORT": str(port),
    }
