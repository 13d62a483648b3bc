"""What both commands share: the missions, the newest samples, delivery, and the verdicts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console

from batch_simulator import pending, progress, report, wait
from batch_simulator.api import Api
from batch_simulator.batch import Batch
from batch_simulator.errors import BadSettingsError, UsageError
from batch_simulator.labels import Label
from batch_simulator.publish import Publisher
from batch_simulator.report import Sent
from batch_simulator.settings import Settings
from passwatch.mission import Mission, MissionError, load_missions


@dataclass(frozen=True, slots=True)
class Output:
    """How a command speaks: results on ``out``, progress on ``err``."""

    out: Console
    err: Console
    as_json: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """How batches are sent, and how long their verdicts are waited for (None: not at all)."""

    chunk_records: int
    wait_s: float | None


class Session:
    """A command's connections."""

    def __init__(self, settings: Settings, output: Output) -> None:
        self._settings = settings
        self._output = output

    def mission(self, name: str) -> Mission:
        """The mission of this id.

        Raises:
            UsageError: there is none.
            BadSettingsError: the missions folder cannot be used.
        """
        try:
            missions = load_missions(self._settings.missions_dir)
        except MissionError as error:
            raise BadSettingsError(f"PASSWATCH_MISSIONS_DIR: {error}") from error
        if name not in missions:
            raise UsageError(f"--mission {name}: there is no such mission; there are {', '.join(missions)}")
        return missions[name]

    def check_wait(self, delivery: Delivery) -> None:
        """Refuse to wait where there is no API to ask.

        Raises:
            UsageError: PASSWATCH_API_URL is not set.
        """
        if delivery.wait_s is not None and not self._settings.api_url:
            raise UsageError("--wait asks the public API for the verdicts: set PASSWATCH_API_URL")

    def publisher(self) -> Publisher:
        """A connection to Kafka."""
        return Publisher(self._settings.kafka_bootstrap, self._settings.topic_prefix)

    def newest_samples(self, mission: str, satellites: Sequence[str]) -> dict[str, int]:
        """Newest event time in ms of each satellite that has any: known to the API, or just sent to Kafka.

        Raises:
            UsageError: no API is set.
            ApiUnreachableError: it does not answer.
        """
        if not self._settings.api_url:
            raise UsageError(
                "where each satellite's telemetry ends is asked of the public API: set PASSWATCH_API_URL, "
                "or give --start"
            )
        known = Api(self._settings.api_url).newest_samples(mission)
        recent = pending.newest_samples(
            self._settings.kafka_bootstrap, self._settings.topic_prefix, mission, set(satellites)
        )
        times = {s: max(known.get(s, -1), recent.get(s, -1)) for s in satellites}
        return {satellite: newest for satellite, newest in times.items() if newest >= 0}

    def deliver(self, batches: Iterable[tuple[Batch, list[Label]]], count: int, delivery: Delivery) -> list[Sent]:
        """Send batches as fast as Kafka takes them; returns when it has all of them."""
        done: list[Sent] = []
        publisher = self.publisher()
        with progress.bar(self._output.err, "sending batches", count) as bar:
            for batch, labels in batches:
                publisher.send_batch(batch, delivery.chunk_records)
                done.append(report.sent(batch, labels))
                bar.to(len(done))
            publisher.flush()
        return done

    def finish(self, done: Sequence[Sent], delivery: Delivery) -> bool:
        """Wait for the verdicts if that was asked for, and print the result; whether nothing is missing from it."""
        if delivery.wait_s is not None:
            with progress.bar(self._output.err, "waiting for verdicts", len(done)) as bar:
                found = wait.verdicts(Api(self._settings.api_url), [b.uid for b in done], delivery.wait_s, bar.to)
            for batch in done:
                batch.judged = found.get(batch.uid)
        waited = delivery.wait_s is not None
        if self._output.as_json:
            self._output.out.file.write(json.dumps(report.document(done, waited=waited)) + "\n")
        else:
            report.show(self._output.out, done, waited=waited)
        return not waited or all(b.judged is not None for b in done)


def write_labels(path: Path, mission: str, done: Sequence[Sent], **context: float) -> None:
    """Write the labels of all batches as one JSON document.

    Raises:
        UsageError: the file cannot be written.
    """
    body = {
        "mission": mission,
        **context,
        "batches": [
            {
                "batch_id": b.batch_id,
                "batch_uid": b.uid,
                "satellite_id": b.satellite_id,
                "first_ms": b.first_ms,
                "last_ms": b.last_ms,
                "labels": b.labels,
            }
            for b in done
        ],
    }
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n")
    except OSError as error:
        raise UsageError(f"--labels-out: {error}") from error


def now_ms() -> int:
    """The wall clock."""
    return int(time.time() * 1000)
