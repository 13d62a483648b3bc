"""The demonstration: telemetry sent to the running stack, and its verdicts waited for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from passwatch.ids import batch_uid
from passwatch_native import calls
from passwatch_native.stack import Stack, StackError

RECORDED = ("A-6", "C-2", "M-6", "T-9")
"""Channels of NASA's set that are replayed: one of the satellite SMAP, three of the rover Curiosity."""
DATASET = "datasets/nasa-smap-msl"
PATIENCE_S = 180.0

Json = dict[str, Any]


FAULTS = (
    "stuck:temp_payload@500+90~SAT-001/2",
    "thermal_runaway:battery=20@600+120~SAT-002/1",
    "dropped@700+60~SAT-003/1",
    "noise:gyro_x=20s@400+80~SAT-003/2",
)
"""What goes wrong in the demo: a sensor, a battery and its neighbours, missing records, and a noisy gyro."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch that was sent."""

    mission: str
    satellite_id: str
    batch_id: str

    @property
    def uid(self) -> str:
        """Its public id."""
        return batch_uid(self.mission, self.satellite_id, self.batch_id)


def parse_sent(said: str) -> list[Sent]:
    """The batches that the simulator's ``--json`` output names."""
    answer = json.loads(said)
    rows = answer["batches"] if isinstance(answer, dict) else answer
    return [Sent(row["mission"], row["satellite_id"], row["batch_id"]) for row in rows]


def send(stack: Stack, seed: int) -> list[Sent]:
    """Three simulated satellites, two batches each, with :data:`FAULTS`."""
    arguments = ["send", "--mission", "default", "--satellites", "3", "--batches", "2"]
    arguments += ["--faults", ",".join(FAULTS), "--seed", str(seed), "--json"]
    return parse_sent(calls.output(stack.layout, "batch-simulator", arguments))


def replay(stack: Stack, channels: Sequence[str] = RECORDED) -> list[Sent]:
    """Recorded telemetry as batches of the same pipeline."""
    arguments = ["replay", DATASET, "--channels", ",".join(channels), "--json"]
    return parse_sent(calls.output(stack.layout, "batch-simulator", arguments))


def await_verdicts(
    base_url: str, sent: Sequence[Sent], tell: Callable[[int], None], patience_s: float = PATIENCE_S
) -> list[Json]:
    """The batches' details once all are judged; ``tell`` hears how many are.

    Raises:
        StackError: some are not judged in time; the message names them and their status.
    """
    deadline = time.monotonic() + patience_s
    judged: dict[str, Json] = {}
    last: dict[str, str] = {}
    with requests.Session() as session:
        while len(judged) < len(sent):
            for batch in sent:
                if batch.uid in judged:
                    continue
                answer = session.get(f"{base_url}/api/v1/batches/{batch.uid}", timeout=10)
                detail = answer.json() if answer.ok else {}
                last[batch.uid] = str(detail.get("status") or f"HTTP {answer.status_code}")
                if detail.get("status") == "JUDGED":
                    judged[batch.uid] = detail
            tell(len(judged))
            if len(judged) < len(sent):
                if time.monotonic() > deadline:
                    open_ones = [f"{b.satellite_id} {b.batch_id}: {last[b.uid]}" for b in sent if b.uid not in judged]
                    raise StackError(
                        f"No verdict after {patience_s:.0f} s for {len(open_ones)} of {len(sent)} batches:\n"
                        + "\n".join(open_ones)
                        + "\n`make status` tells what is not ready; the logs are in .run/logs"
                    )
                time.sleep(0.25)
    return [judged[batch.uid] for batch in sent]


def record(base_url: str, batches: Sequence[Json]) -> Json:
    """What ``.run/demo.json`` says."""
    wanted = ("batch_id", "satellite_id", "completeness", "verdict", "seconds_to_verdict")
    return {"base_url": base_url, "batches": [{key: batch[key] for key in wanted} for batch in batches]}
