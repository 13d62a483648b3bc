"""The commands as a person runs them, on a real Kafka."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest

from batch_simulator import times
from batch_simulator.generate import generate
from batch_simulator.recordings import Folder
from passwatch import headers
from passwatch.contracts import BatchEnd, TelemetryChunk
from passwatch.ids import batch_uid
from passwatch.kafka import make_consumer, topic_name
from passwatch.mission import Mission
from passwatch.topics import TELEMETRY

pytestmark = pytest.mark.engines

SHIPPED = Path(__file__).resolve().parents[2] / "datasets" / "nasa-smap-msl"
BEGIN = "2026-03-01T00:00:00Z"
BEGIN_MS = times.parse(BEGIN)
DEADLINE_S = 60.0


class Api(BaseHTTPRequestHandler):
    """A public API of two answers: what satellites were heard, and every batch judged when it is asked for."""

    newest: ClassVar[dict[str, str]] = {}
    verdict_after: ClassVar[int] = 2
    asked: ClassVar[dict[str, int]] = {}

    def do_GET(self) -> None:
        """Answer."""
        path = self.path.partition("?")[0]
        if path == "/api/v1/trends/satellites":
            self._answer(
                {"items": [{"satellite_id": s, "newest_sample": t} for s, t in self.newest.items()], "next": None}
            )
            return
        uid = path.rpartition("/")[2]
        self.asked[uid] = self.asked.get(uid, 0) + 1
        if self.asked[uid] < self.verdict_after:
            self.send_error(404)
            return
        self._answer(
            {
                "status": "JUDGED",
                "verdict": "NOMINAL",
                "completeness": 1.0,
                "seconds_to_verdict": 0.5,
                "subsystems": [{"subsystem": "eps", "verdict": "NOMINAL"}],
                "worst_channels": [],
                "events": [],
            }
        )

    def _answer(self, body: dict[str, Any]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def api(newest: dict[str, str], *, verdict_after: int = 2) -> Iterator[str]:
    """A running API that knows these newest samples, and a verdict when asked for the nth time."""
    handler = type("Handler", (Api,), {"newest": newest, "verdict_after": verdict_after, "asked": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def environment(kafka_bootstrap: str, topic_prefix: str, missions_dir: Path) -> dict[str, str]:
    """The variables of the simulator, and of the process nothing else of the project's."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")}
    return plain | {
        "PASSWATCH_KAFKA_BOOTSTRAP": kafka_bootstrap,
        "PASSWATCH_TOPIC_PREFIX": topic_prefix,
        "PASSWATCH_MISSIONS_DIR": str(missions_dir),
    }


def run(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "batch_simulator", *arguments]
    return subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=DEADLINE_S, check=False)  # noqa: S603


def sent(env: Mapping[str, str], *arguments: str) -> list[dict[str, Any]]:
    """Run the command with --json; the batches that it reports."""
    result = run(env, *arguments, "--json")
    assert result.returncode == 0, result.stderr
    batches: list[dict[str, Any]] = json.loads(result.stdout)["batches"]
    return batches


class Read:
    """Everything that lies in the telemetry topic: messages by satellite, in their order."""

    def __init__(self, bootstrap: str, prefix: str, markers: int) -> None:
        """Read until so many markers have come."""
        self.messages: dict[str, list[TelemetryChunk | BatchEnd]] = {}
        self.keys: set[bytes] = set()
        consumer = make_consumer(bootstrap, prefix + "test")
        consumer.subscribe([topic_name(prefix, TELEMETRY)])
        deadline = time.monotonic() + DEADLINE_S
        while markers > 0:
            assert time.monotonic() < deadline, f"{markers} markers did not come"
            message = consumer.poll(0.2)
            if message is None:
                continue
            kind = headers.read(message.headers())[headers.TYPE]
            types: dict[str, type[TelemetryChunk | BatchEnd]] = {"TelemetryChunk": TelemetryChunk, "BatchEnd": BatchEnd}
            body = msgspec.json.decode(message.value() or b"", type=types[kind])
            assert (message.key() or b"").decode() == body.satellite_id
            self.messages.setdefault(body.satellite_id, []).append(body)
            markers -= isinstance(body, BatchEnd)
        consumer.close()

    def samples(self, satellite: str, batch_id: str) -> tuple[dict[int, int], dict[str, dict[int, float | None]]]:
        """Times by index, and values by channel and index, of a batch, none of them sent twice."""
        taken: dict[int, int] = {}
        values: dict[str, dict[int, float | None]] = {}
        for message in self.messages[satellite]:
            if isinstance(message, TelemetryChunk) and message.batch_id == batch_id:
                indices = range(message.first_index, message.first_index + len(message.timestamps))
                assert not taken.keys() & set(indices)
                taken |= dict(zip(indices, message.timestamps, strict=True))
                for name, column in message.channels.items():
                    values.setdefault(name, {}).update(zip(indices, column, strict=True))
        return taken, values


def test_what_is_in_kafka_is_what_was_generated(
    environment: dict[str, str], kafka_bootstrap: str, topic_prefix: str, default_mission: Mission
) -> None:
    """Every sample arrives as the pure function made it, each marker after its chunks, under the satellite's key."""
    options = ("--satellites", "2", "--batches", "2", "--records", "250", "--seed", "7", "--start", BEGIN)
    batches = sent(environment, "send", *options)
    assert len(batches) == 4
    read = Read(kafka_bootstrap, topic_prefix, 4)
    for batch in batches:
        satellite, begin = batch["satellite_id"], times.parse(batch["first_time"])
        expected = generate(default_mission, satellite, begin, 250, 30.0, 7)
        taken, values = read.samples(satellite, batch["batch_id"])
        assert [taken[i] for i in range(250)] == expected.timestamps.tolist()
        for name, column in expected.channels.items():
            assert [values[name][i] for i in range(250)] == column.tolist()
        assert batch["batch_uid"] == batch_uid("default", satellite, batch["batch_id"])
    for messages in read.messages.values():
        ids = [message.batch_id for message in messages]
        assert ids == sorted(ids)
        assert [isinstance(m, BatchEnd) for m in messages] == [False, False, False, True] * 2
        ends = [m for m in messages if isinstance(m, BatchEnd)]
        assert [end.records for end in ends] == [250, 250]
        assert ends[1].first_time == ends[0].last_time + 30_000


def test_faults_and_labels_belong_together(
    environment: dict[str, str], kafka_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    """The labels name what was altered, and dropped records are announced by the marker but not sent."""
    labels = tmp_path / "labels.json"
    faults = "stuck:battery_temp@100+50~SAT-001/1,dropped@20+30~SAT-001/2"
    options = ("--batches", "2", "--records", "200", "--start", BEGIN, "--faults", faults, "--labels-out", str(labels))
    first, second = sent(environment, "send", *options)
    read = Read(kafka_bootstrap, topic_prefix, 2)
    _, values = read.samples("SAT-001", first["batch_id"])
    assert len({values["battery_temp"][i] for i in range(100, 150)}) == 1
    taken, _ = read.samples("SAT-001", second["batch_id"])
    assert sorted(taken) == [*range(20), *range(50, 200)]
    assert (second["records"], second["records_sent"]) == (200, 170)
    written = json.loads(labels.read_text())["batches"]
    assert [[label["kind"] for label in batch["labels"]] for batch in written] == [["stuck"], ["dropped"]]
    label = written[0]["labels"][0]
    assert label["start_ms"] == BEGIN_MS + 100 * 30_000
    assert label["end_ms"] == BEGIN_MS + 149 * 30_000
    assert [effect["channel"] for effect in label["channels"]] == ["battery_temp"]


def test_a_recording_is_replayed_exactly(environment: dict[str, str], kafka_bootstrap: str, topic_prefix: str) -> None:
    """Every recorded value arrives, with its changing commands, one satellite a channel, in batches of a day."""
    batches = sent(environment, "replay", str(SHIPPED), "--channels", "M-6,T-1", "--start", BEGIN)
    read = Read(kafka_bootstrap, topic_prefix, len(batches))
    for channel in ("M-6", "T-1"):
        recording = Folder(SHIPPED).read(channel, "test")
        own = [b for b in batches if b["satellite_id"] == f"NASA-{channel}"]
        assert sum(b["records_sent"] for b in own) == recording.values.size
        got: list[float | None] = []
        for batch in own:
            taken, values = read.samples(f"NASA-{channel}", batch["batch_id"])
            got += [values[channel][i] for i in range(len(taken))]
            assert set(values) == {channel} | {f"cmd_{n}" for n in recording.commands}
        assert np.array_equal(np.array(got, dtype=float), recording.values)


def test_sending_twice_follows_on_even_before_anything_is_judged(environment: dict[str, str]) -> None:
    """The second run starts where the first ended, unknown to the API as it still is; a third where the API says."""
    with api({}) as url:
        env = environment | {"PASSWATCH_API_URL": url}
        first = sent(env, "send", "--records", "50")[0]
        second = sent(env, "send", "--records", "50")[0]
    age = datetime.now(UTC) - datetime.fromisoformat(first["first_time"])
    assert timedelta(days=30) <= age < timedelta(days=30, minutes=5)
    assert times.parse(second["first_time"]) == times.parse(first["last_time"]) + 30_000
    newest = times.iso(times.parse(second["last_time"]) + 86_400_000)
    with api({"SAT-001": newest}) as url:
        third = sent(environment | {"PASSWATCH_API_URL": url}, "send", "--records", "50")[0]
    assert times.parse(third["first_time"]) == times.parse(newest) + 30_000


def test_waiting_prints_the_verdicts(environment: dict[str, str]) -> None:
    """With --wait the document holds each verdict; where one does not come in time the exit status is 1."""
    with api({}, verdict_after=3) as url:
        env = environment | {"PASSWATCH_API_URL": url}
        result = run(env, "send", "--satellites", "2", "--records", "20", "--start", BEGIN, "--json", "--wait")
        document = json.loads(result.stdout)
        assert (result.returncode, document["complete"]) == (0, True)
        assert [batch["verdict"] for batch in document["batches"]] == ["NOMINAL", "NOMINAL"]
        assert document["batches"][0]["subsystems"] == {"eps": "NOMINAL"}
    with api({}, verdict_after=10**9) as url:
        options = ("--records", "20", "--start", BEGIN, "--json", "--wait", "--timeout", "0.5")
        result = run(environment | {"PASSWATCH_API_URL": url}, "send", *options)
        assert result.returncode == 1
        assert json.loads(result.stdout)["complete"] is False


def test_a_stream_sends_at_its_rate_and_ends_in_order(
    environment: dict[str, str], kafka_bootstrap: str, topic_prefix: str
) -> None:
    """Its batches are as long as asked for, the last one shorter, and its messages are spread over its time."""
    options = ("--satellites", "2", "--rate", "40", "--duration", "1.5", "--records", "40", "--start", BEGIN)
    batches = sent(environment, "send", *options)
    assert [b["records"] for b in batches] == [40, 40, 20, 20]
    read = Read(kafka_bootstrap, topic_prefix, 4)
    for satellite in ("SAT-001", "SAT-002"):
        ends = [m for m in read.messages[satellite] if isinstance(m, BatchEnd)]
        assert [end.records for end in ends] == [40, 20]
        assert isinstance(read.messages[satellite][-1], BatchEnd)


def test_a_stream_told_to_stop_ends_its_batch(
    environment: dict[str, str], kafka_bootstrap: str, topic_prefix: str
) -> None:
    """After SIGTERM the marker announces what was sent, the report says the same, and the exit is clean."""
    command = [sys.executable, "-m", "batch_simulator", "send", "--rate", "20", "--start", BEGIN, "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    consumer = make_consumer(kafka_bootstrap, topic_prefix + "watch")
    consumer.subscribe([topic_name(topic_prefix, TELEMETRY)])
    deadline = time.monotonic() + DEADLINE_S
    while consumer.poll(0.2) is None:
        assert time.monotonic() < deadline, "nothing was streamed"
    consumer.close()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, err
    batch = json.loads(out)["batches"][0]
    read = Read(kafka_bootstrap, topic_prefix, 1)
    taken, _ = read.samples("SAT-001", batch["batch_id"])
    end = read.messages["SAT-001"][-1]
    assert isinstance(end, BatchEnd)
    assert end.records == len(taken) == batch["records"] < 1_080
    assert end.last_time == max(taken.values())


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"PASSWATCH_KAFKA_BOOTSTRAP": "127.0.0.1:9"}, 3, "127.0.0.1:9"),
        ({"PASSWATCH_TOPIC_PREFIX": "nowhere."}, 3, "nowhere.satellite-telemetry"),
    ],
)
def test_a_kafka_that_is_not_there_is_named(
    environment: dict[str, str], changes: dict[str, str], status: int, told: str
) -> None:
    """The exit status says that Kafka is missing and the message where, without a traceback."""
    result = run(environment | changes, "send", "--start", BEGIN, "--records", "5")
    assert result.returncode == status, result.stderr
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
