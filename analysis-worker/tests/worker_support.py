"""What the worker's tests on real engines put in, look at and start."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import msgspec
import requests
import tritonclient.grpc as triton
from confluent_kafka import Consumer
from tritonclient.grpc import service_pb2_grpc

from passwatch import ids
from passwatch.contracts import Completeness, JudgeTask, SeriesPiece, SeriesSlice, SubsystemResult, TimeRange
from passwatch.headers import TYPE
from passwatch.victoria import VictoriaClient
from tests.support.wait import PATIENCE_S, wait_for

CADENCE_MS = 30_000
START_MS = (int(time.time()) // 86_400 - 2) * 86_400_000
"""Midnight two days ago: inside VictoriaMetrics' retention, and never in the future."""


def judge_task(
    satellite: str,
    subsystem: str,
    first_time: int,
    records: int,
    *,
    batch: str = "b1",
    mission: str = "default",
    ranges: list[TimeRange] | None = None,
    expected: int | None = None,
    model: str | None = None,
    cadence_ms: int = CADENCE_MS,
) -> JudgeTask:
    """A task on records at the default cadence from ``first_time`` on."""
    uid = ids.batch_uid("default", satellite, batch)
    whole = TimeRange(first=0, count=records, first_time=first_time, last_time=first_time + (records - 1) * cadence_ms)
    stored = [whole] if ranges is None else ranges
    return JudgeTask(
        judgement_id=ids.judgement_id(uid, 1, subsystem),
        mission=mission,
        satellite_id=satellite,
        batch_id=batch,
        batch_uid=uid,
        revision=1,
        subsystem=subsystem,
        subsystems=[subsystem],
        ranges=stored,
        completeness=Completeness(
            rule="complete", expected=records if expected is None else expected, records=sum(r.count for r in stored)
        ),
        marker_time=None,
        requested_at=time.time_ns() // 1_000_000,
        model=model,
    )


@dataclass
class Store:
    """Puts telemetry into VictoriaMetrics as the consumer would."""

    client: VictoriaClient

    def put(
        self,
        mission: str,
        satellite: str,
        channels: dict[str, list[float | None]],
        start: int,
        cadence_ms: int = CADENCE_MS,
    ) -> None:
        """Columns of values from ``start`` on; None is left out. ``channels`` is by series name."""
        lines = []
        for name, values in channels.items():
            kept = [(start + i * cadence_ms, v) for i, v in enumerate(values) if v is not None]
            labels = {
                "__name__": name,
                "mission": mission,
                "satellite_id": satellite,
                "stream": "realtime",
                "take": "0",
            }
            lines.append({"metric": labels, "timestamps": [t for t, _ in kept], "values": [v for _, v in kept]})
        self.client.import_lines(b"\n".join(json.dumps(line).encode() for line in lines))
        self.client.force_flush()


def smooth(channels: list[str], records: int, offset: int = 0) -> dict[str, list[float | None]]:
    """A sine of one turn in 180 records for each series, told apart by its level."""
    return {
        name: [level + math.sin((i + offset) / 180 * 2 * math.pi) for i in range(records)]
        for level, name in enumerate(channels)
    }


@dataclass
class Results:
    """Reads the results topic."""

    consumer: Consumer
    seen: list[SubsystemResult] = field(default_factory=list)
    pieces: dict[str, list[SeriesPiece]] = field(default_factory=lambda: defaultdict(list))
    """By judgement, in the order in which they came."""
    sizes: list[int] = field(default_factory=list)
    """Of all messages, in bytes."""

    def take(self, count: int, timeout_s: float = PATIENCE_S) -> list[SubsystemResult]:
        """All results so far, when there are at least ``count``."""
        wait_for(f"{count} results", lambda: self.poll() >= count, timeout_s)
        return self.seen

    def series(self, result: SubsystemResult) -> dict[str, SeriesSlice]:
        """The series of a result that were not cut, by channel; all of its pieces came before it, once."""
        assert result.series is not None
        pieces = self.pieces[result.judgement_id]
        assert [piece.piece for piece in pieces] == list(range(result.series.pieces))
        assert {piece.series_id for piece in pieces} == {result.series.series_id}
        slices = [one for piece in pieces for one in piece.slices]
        assert len({one.channel for one in slices}) == len(slices)
        return {one.channel: one for one in slices}

    def poll(self) -> int:
        message = self.consumer.poll(0.2)
        if message is not None and message.error() is None:
            body = message.value() or b""
            self.sizes.append(len(body))
            if dict(message.headers() or []).get(TYPE) == b"SeriesPiece":
                piece = msgspec.json.decode(body, type=SeriesPiece)
                self.pieces[piece.judgement_id].append(piece)
            else:
                self.seen.append(msgspec.json.decode(body, type=SubsystemResult))
        return len(self.seen)


@dataclass
class Worker:
    """The service as a process."""

    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, **changes: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PASSWATCH_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "analysis_worker", "run"],
                env={**env, **self.env, **changes},
                stderr=log,
                start_new_session=True,
            )

    def get(self, path: str) -> requests.Response | None:
        try:
            return requests.get(f"http://127.0.0.1:{self.env['PASSWATCH_HEALTH_PORT']}{path}", timeout=60)
        except requests.ConnectionError:
            return None

    def health(self) -> dict[str, Any]:
        answer = self.get("/health/ready")
        body: dict[str, Any] = answer.json() if answer is not None else {}
        return body

    def wait_ready(self) -> None:
        wait_for("the worker is ready", lambda: self.health().get("ready"))

    def children(self) -> list[int]:
        """The processes of the pool."""
        assert self.process is not None
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in found]

    def peak_bytes(self) -> int:
        """The most memory that a process of the pool has held so far."""
        found = [Path(f"/proc/{pid}/status").read_text() for pid in self.children()]
        return max(int(text.partition("VmHWM:")[2].split()[0]) for text in found) * 1024

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(PATIENCE_S)


@contextmanager
def other_inputs(url: str, model: str) -> Iterator[None]:
    """Let Triton serve a model as one that takes longer windows; afterwards as it was."""
    server = triton.InferenceServerClient(url)
    config = server.get_model_config(model, as_json=True)["config"]
    config["input"][0]["dims"] = [-1, 21]
    server.load_model(model, config=json.dumps(config))
    try:
        yield
    finally:
        server.unload_model(model)  # a model that is loaded anew as it is would keep the changed inputs
        server.load_model(model)
        server.close()


class Hesitant(service_pb2_grpc.GRPCInferenceServiceServicer):
    """Answers as the Triton behind it does; but a call that ``silent`` names only when it no longer does."""

    def __init__(self, behind: grpc.Channel) -> None:
        self._triton = service_pb2_grpc.GRPCInferenceServiceStub(behind)
        self.silent = frozenset[str]()

    def ModelMetadata(self, request: object, context: grpc.ServicerContext) -> object:  # noqa: N802 - Triton's name
        return self._answer("ModelMetadata", request, context)

    def ModelConfig(self, request: object, context: grpc.ServicerContext) -> object:  # noqa: N802
        return self._answer("ModelConfig", request, context)

    def ModelInfer(self, request: object, context: grpc.ServicerContext) -> object:  # noqa: N802
        return self._answer("ModelInfer", request, context)

    def _answer(self, name: str, request: object, context: grpc.ServicerContext) -> object:
        while name in self.silent and context.is_active():
            time.sleep(0.02)
        return getattr(self._triton, name)(request, timeout=30.0)


@contextmanager
def hesitant(triton_url: str) -> Iterator[tuple[str, Hesitant]]:
    """The address of a server in front of Triton, and the server."""
    with grpc.insecure_channel(triton_url) as channel, ThreadPoolExecutor(8) as threads:
        front = Hesitant(channel)
        server = grpc.server(threads)
        service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(front, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}", front
        finally:
            front.silent = frozenset()
            server.stop(None).wait()
