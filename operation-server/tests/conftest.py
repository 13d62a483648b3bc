"""Fixtures for the tests of operation-server: results as a worker sends them, and servers that run."""

from __future__ import annotations

import base64
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
import structlog
import uvicorn
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from fastapi import FastAPI
from kombu.connection import Connection
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

from operation_server.app import create_app
from operation_server.db.engine import make_engine
from operation_server.db.schema import OPERATION
from operation_server.serve import Server
from operation_server.settings import Settings
from passwatch import headers, ids
from passwatch.contracts import (
    AnomalyEvent,
    BatchProgress,
    ChannelResult,
    Completeness,
    IndexSpan,
    LimitFinding,
    Marker,
    Message,
    Provenance,
    SeriesPiece,
    StoredRange,
    SubsystemResult,
    TimeRange,
    Timings,
)
from passwatch.kafka import ensure_topics, make_producer, topic_name
from passwatch.names import metric_name
from passwatch.series import ChannelSeries, pieces, reference
from passwatch.tasks import dead_queue, task_queue
from passwatch.topics import ALL, LIMIT_FINDINGS, PROGRESS, RESULTS
from passwatch.victoria import VictoriaClient
from tests.support.wait import PATIENCE_S, wait_for

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

START_MS = (int(time.time()) // 3600 - 72) * 3_600_000
"""Three days ago, on the hour: inside the retention of VictoriaMetrics."""
CADENCE_MS = 30_000
SUBSYSTEMS = {"eps": ["battery_temp", "battery_soc"], "thermal": ["temp_obc"]}


PIECE_BYTES = 5_000
"""Small pieces, so that each series has several."""
PIECES: dict[tuple[str, str], list[SeriesPiece]] = {}
"""The series of the results that were made here, by judgement and series."""


@dataclass
class PassData:
    """One batch of one satellite as tests speak of it."""

    satellite_id: str
    batch_id: str = "pass-1"
    mission: str = "default"
    records: int = 120
    start_ms: int = START_MS

    @property
    def uid(self) -> str:
        """Its public id."""
        return ids.batch_uid(self.mission, self.satellite_id, self.batch_id)

    @property
    def end_ms(self) -> int:
        """Event time of its last record."""
        return self.start_ms + (self.records - 1) * CADENCE_MS

    def ranges(self, records: int | None = None) -> list[TimeRange]:
        """The first records as one range."""
        n = self.records if records is None else records
        return [TimeRange(first=0, count=n, first_time=self.start_ms, last_time=self.start_ms + (n - 1) * CADENCE_MS)]

    def event(self, channel: str, first: int, last: int, severity: str = "critical", **other: Any) -> AnomalyEvent:
        """An event from record ``first`` to ``last``."""
        values: dict[str, Any] = {
            "channel": channel,
            "start": self.start_ms + first * CADENCE_MS,
            "end": self.start_ms + last * CADENCE_MS,
            "peak": self.start_ms + first * CADENCE_MS,
            "severity": severity,
            "score": 9.5,
            "threshold": 4.5,
            "detector": "transformer_timeseries",
            "share": 0.8,
            "value": 41.2,
            "forecast": 24.8,
            "explanation": f"{channel} 41.2, forecast 24.8 for a while",
        }
        return AnomalyEvent(**(values | other))

    def result(
        self,
        subsystem: str,
        *,
        revision: int = 1,
        records: int | None = None,
        events: Sequence[AnomalyEvent] = (),
        verdict: str | None = None,
        **other: Any,
    ) -> SubsystemResult:
        """A worker's result for one subsystem."""
        n = self.records if records is None else records
        times = [self.start_ms + i * CADENCE_MS for i in range(20, n)]
        judgement_id = ids.judgement_id(self.uid, revision, subsystem)
        channels = [
            ChannelResult(
                channel=name,
                verdict="ANOMALY" if any(e.channel == name for e in events) else "NOMINAL",
                samples=n,
                expected_samples=self.records,
                score=9.5 if any(e.channel == name for e in events) else 0.9,
                threshold=4.5,
            )
            for name in SUBSYSTEMS[subsystem]
        ]
        index = np.arange(len(times), dtype=np.float64)
        series = [
            ChannelSeries(
                channel=name,
                times=np.array(times, np.int64),
                forecasts={
                    "vae_timeseries": 20.0 + 0.01 * index + 0.001 * revision,
                    "transformer_timeseries": np.where(index == 3, np.nan, 21.0 + 0.01 * index),
                },
                scores=0.1 * (index % 10),
            )
            for name in SUBSYSTEMS[subsystem]
        ]
        named = reference(series, PIECE_BYTES)
        if named is not None:
            of = other.get("judgement_id", judgement_id)
            PIECES[of, named.series_id] = [*pieces(of, named.series_id, series, PIECE_BYTES)]
        now = int(time.time() * 1000)
        values: dict[str, Any] = {
            "series": named,
            "judgement_id": judgement_id,
            "mission": self.mission,
            "satellite_id": self.satellite_id,
            "batch_id": self.batch_id,
            "batch_uid": self.uid,
            "revision": revision,
            "subsystem": subsystem,
            "subsystems": list(SUBSYSTEMS),
            "ranges": self.ranges(n),
            "completeness": Completeness(
                rule="complete" if n == self.records else "grace",
                expected=self.records,
                records=n,
                missing=[] if n == self.records else [IndexSpan(first=n, count=self.records - n)],
            ),
            "marker_time": now - 1500,
            "verdict": verdict or ("ANOMALY" if events else "NOMINAL"),
            "reason": None,
            "events": list(events),
            "channels": channels,
            "provenance": Provenance(
                models={"vae_timeseries": "1", "transformer_timeseries": "1"},
                calibration="default-1",
                mission_revision="abc",
                input_hash="00ff",
                history_samples=0,
                history_required=200,
                code_version="0.1.0",
            ),
            "timings": Timings(
                requested_at=now - 1000,
                started_at=now - 900,
                finished_at=now - 100,
                read_s=0.1,
                forecast_s=0.3,
                score_s=0.1,
            ),
        }
        return SubsystemResult(**(values | other))

    def results(self, **other: Any) -> list[SubsystemResult]:
        """Results for every subsystem."""
        events = other.pop("events", ())
        return [self.result(s, events=[e for e in events if e.channel in SUBSYSTEMS[s]], **other) for s in SUBSYSTEMS]

    def progress(self, first: int, count: int, *, marker: bool = False) -> BatchProgress:
        """Progress: some records are stored, and perhaps the marker was seen."""
        now = int(time.time() * 1000)
        bounds = (self.start_ms + first * CADENCE_MS, self.start_ms + (first + count - 1) * CADENCE_MS)
        hashes = base64.b64encode(bytes(8 * count)).decode()
        stored = [
            StoredRange(first=first, count=count, first_time=bounds[0], last_time=bounds[1], hashes=hashes)
            for _ in range(min(count, 1))
        ]
        mark = Marker(records=self.records, first_time=self.start_ms, last_time=self.end_ms, broker_time=now)
        return BatchProgress(
            mission=self.mission,
            satellite_id=self.satellite_id,
            batch_id=self.batch_id,
            ranges=stored,
            marker=mark if marker else None,
            broker_time=now,
        )


@pytest.fixture
def a_pass(unique: str) -> Callable[..., PassData]:
    """Makes passes of satellites that no other test uses."""
    return lambda **values: PassData(**({"satellite_id": f"SAT-{unique}"} | values))


@dataclass
class Sender:
    """Sends messages as the other services do."""

    producer: Producer
    prefix: str

    def results(self, *results: SubsystemResult) -> None:
        """Send results, each after its series."""
        for result in results:
            if result.series is not None:
                self.pieces(result.satellite_id, *PIECES.get((result.judgement_id, result.series.series_id), ()))
            self._send(topic_name(self.prefix, RESULTS), result.satellite_id, result)
        self.flush()

    def pieces(self, satellite_id: str, *pieces: SeriesPiece) -> None:
        """Send pieces of series."""
        for piece in pieces:
            self._send(topic_name(self.prefix, RESULTS), satellite_id, piece)
        self.flush()

    def progress(self, *items: BatchProgress) -> None:
        """Send progress."""
        for item in items:
            self._send(topic_name(self.prefix, PROGRESS), item.satellite_id, item)
        self.flush()

    def limits(self, *items: LimitFinding) -> None:
        """Send findings of limits."""
        for item in items:
            self._send(topic_name(self.prefix, LIMIT_FINDINGS), item.satellite_id, item)
        self.flush()

    def raw_progress(self, payload: bytes) -> None:
        """Send anything as progress."""
        given = [*headers.make(BatchProgress)]
        self.producer.produce(topic_name(self.prefix, PROGRESS), payload, key="x", headers=[*given])
        self.flush()

    def raw_result(self, payload: bytes, raw_headers: list[tuple[str, bytes]], key: str = "x") -> None:
        """Send anything where results belong."""
        self.producer.produce(topic_name(self.prefix, RESULTS), payload, key=key, headers=[*raw_headers])
        self.flush()

    def flush(self) -> None:
        """Wait until Kafka has everything."""
        assert self.producer.flush(30) == 0

    def _send(self, topic: str, key: str, message: Message) -> None:
        self.producer.produce(topic, msgspec.json.encode(message), key=key, headers=list(headers.make(type(message))))


@pytest.fixture
def pieces_by_series() -> dict[tuple[str, str], list[SeriesPiece]]:
    """The series of all results made by the tests, by judgement and series."""
    return PIECES


@pytest.fixture
def store_samples(victoria_url: str) -> Iterator[Callable[..., None]]:
    """Stores samples of a pass's channel, readable when it returns."""
    client = VictoriaClient(victoria_url)

    def store(data: PassData, channel: str, values: Sequence[float | None], first: int = 0) -> None:
        given = [(data.start_ms + (first + i) * CADENCE_MS, v) for i, v in enumerate(values) if v is not None]
        labels = {"__name__": metric_name(channel), "mission": data.mission, "satellite_id": data.satellite_id}
        labels |= {"stream": "realtime", "take": "0"}
        line = {"metric": labels, "values": [v for _, v in given], "timestamps": [t for t, _ in given]}
        client.import_lines(msgspec.json.encode(line) + b"\n")
        client.force_flush()

    yield store
    client.close()


@dataclass
class RunningServer:
    """A server that runs, and a client of it."""

    base_url: str
    client: httpx.Client = field(repr=False)
    stop: Callable[[], None] = field(repr=False)

    def get(self, path: str, **params: Any) -> httpx.Response:
        """GET below /api/v1."""
        return self.client.get("/api/v1" + path, params=params)

    def json(self, path: str, **params: Any) -> Any:
        """The body of a GET below /api/v1 that must succeed."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def judged(self, uid: str, revision: int = 1) -> dict[str, Any]:
        """The batch, once this revision is the current one."""

        def found() -> Any:
            answer = self.get(f"/batches/{uid}")
            return answer.status_code == 200 and answer.json()["revision"] == revision and answer.json()

        body: dict[str, Any] = wait_for(f"revision {revision} of {uid}", found)
        return body


@contextmanager
def running(
    env: dict[str, Any], prepare: Callable[[FastAPI], None] = lambda _app: None, **other: Any
) -> Iterator[RunningServer]:
    """A server on a free port, in threads of this process, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(Settings(**(env | {"http_port": port} | other)))
    prepare(app)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5
    )

    def end_streams() -> None:
        app.state.end_streams()

    server = Server(config, end_streams)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    base_url = f"http://127.0.0.1:{port}"

    def stop() -> None:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the server did not stop"

    try:
        wait_for("the server's start", lambda: server.started or not thread.is_alive())
        with httpx.Client(base_url=base_url, timeout=30) as client:
            yield RunningServer(base_url, client, stop)
    finally:
        stop()


@pytest.fixture(scope="session")
def run_server() -> Callable[..., AbstractContextManager[RunningServer]]:
    """Runs a server with any settings until a block ends."""
    return running


@dataclass
class Corner:
    """A corner of the engines: topics, a migrated database and queue names of its own."""

    env: dict[str, Any]
    database: Engine
    sender: Sender


@contextmanager
def making_database(engine_env: dict[str, str], name: str) -> Iterator[tuple[str, Engine]]:
    """A migrated database until the block ends: its DSN and connections to it."""
    admin_url = make_url(engine_env["PASSWATCH_POSTGRES_DSN"])
    admin = create_engine(admin_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    dsn = admin_url.set(database=name).render_as_string(hide_password=False)
    database = make_engine(dsn, "test", pool_size=8, statement_timeout_s=30)
    try:
        OPERATION.migrate(database)
        yield dsn, database
    finally:
        database.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(scope="module")
def module_database(engine_env: dict[str, str]) -> Iterator[Engine]:
    """A migrated, empty database of one test module."""
    with making_database(engine_env, "t" + uuid.uuid4().hex[:12]) as (_dsn, database):
        yield database


@contextmanager
def making_corner(engine_env: dict[str, str], missions_dir: Path) -> Iterator[Corner]:
    """A corner until the block ends."""
    name = "t" + uuid.uuid4().hex[:12]
    with making_database(engine_env, name) as (dsn, database):
        yield from _corner_with(engine_env, missions_dir, name, dsn, database)


def _corner_with(
    engine_env: dict[str, str], missions_dir: Path, name: str, dsn: str, database: Engine
) -> Iterator[Corner]:
    prefix, bootstrap = name + ".", engine_env["PASSWATCH_KAFKA_BOOTSTRAP"]
    ensure_topics(bootstrap, prefix)
    env = {
        "kafka_bootstrap": bootstrap,
        "topic_prefix": prefix,
        "victoria_url": engine_env["PASSWATCH_VICTORIA_URL"],
        "postgres_dsn": dsn,
        "rabbitmq_url": engine_env["PASSWATCH_RABBITMQ_URL"],
        "redis_url": engine_env["PASSWATCH_REDIS_URL"],
        "triton_http_url": engine_env["PASSWATCH_TRITON_HTTP_URL"],
        "missions_dir": missions_dir,
    }
    try:
        yield Corner(env, database, Sender(make_producer(bootstrap), prefix))
    finally:
        kafka = AdminClient({"bootstrap.servers": bootstrap})
        for future in kafka.delete_topics([topic_name(prefix, topic) for topic in ALL]).values():
            future.result(timeout=30)
        with Connection(env["rabbitmq_url"]) as queues:
            for queue in (task_queue(prefix), dead_queue(prefix)):
                bound = queue(queues.default_channel)
                bound.declare()
                bound.delete()
                bound.exchange.delete()


@pytest.fixture(scope="session")
def shared_corner(engine_env: dict[str, str], missions_dir: Path) -> Iterator[Corner]:
    """The corner of most tests: they keep apart by satellites of their own."""
    with making_corner(engine_env, missions_dir) as made:
        yield made


@pytest.fixture(scope="session")
def shared_server(shared_corner: Corner) -> Iterator[RunningServer]:
    """The server of most tests."""
    with running(shared_corner.env) as started:
        yield started


@pytest.fixture(scope="module")
def module_server(engine_env: dict[str, str], missions_dir: Path) -> Iterator[RunningServer]:
    """A server in a corner of its own, for a module whose requests fill queues and tables with whatever they like."""
    with making_corner(engine_env, missions_dir) as made, running(made.env) as started:
        wait_for("readiness", lambda: started.client.get("/health/ready").json()["ready"])
        yield started


@pytest.fixture
def own_corner(engine_env: dict[str, str], missions_dir: Path) -> Iterator[Corner]:
    """A corner of its own, for a test that counts everything there is."""
    with making_corner(engine_env, missions_dir) as made:
        yield made


@pytest.fixture
def corner(request: pytest.FixtureRequest) -> Corner:
    """The corner that the test works in: its own if it asked for one."""
    wanted = "own_corner" if "own_corner" in request.fixturenames else "shared_corner"
    found: Corner = request.getfixturevalue(wanted)
    return found


@pytest.fixture
def sender(corner: Corner) -> Sender:
    """Sends messages into the test's topics."""
    return corner.sender


@pytest.fixture
def database(corner: Corner) -> Engine:
    """The test's database."""
    return corner.database


@pytest.fixture
def server_env(corner: Corner) -> dict[str, Any]:
    """Settings of a server in the test's corner."""
    return corner.env


@pytest.fixture
def start_server(server_env: dict[str, Any]) -> Iterator[Callable[..., RunningServer]]:
    """Starts servers of this test beside the shared one; all are stopped after it."""
    with ExitStack() as stack:
        yield lambda **other: stack.enter_context(running(server_env, **other))


@pytest.fixture
def server(request: pytest.FixtureRequest) -> RunningServer:
    """A server that has all it needs: the shared one, or one of the test's own corner."""
    if "own_corner" in request.fixturenames:
        started: RunningServer = request.getfixturevalue("start_server")()
    else:
        started = request.getfixturevalue("shared_server")
    wait_for("readiness", lambda: started.client.get("/health/ready").json()["ready"])
    return started


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Waits for a condition."""
    return lambda condition, what, seconds=PATIENCE_S: wait_for(what, condition, seconds)
