"""Alarms over the whole platform: a fault is one alarm with its cause, and limits raise it before the pass is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from batch_simulator.faults import Fault, Kind
from passwatch.mission import Mission
from tests.support.console import Console, Json
from tests.support.moment import CADENCE_MS
from tests.support.station import BATCH_MS, Station, simulated
from tests.support.wait import wait_for

pytestmark = pytest.mark.system


def alarms(console: Console, satellite_id: str) -> list[Json]:
    """The incidents of a satellite."""
    items: list[Json] = console.get("/api/v1/alarms", satellite_id=satellite_id)["items"]
    return items


def some(console: Console, satellite_id: str) -> Callable[[], Any]:
    return lambda: alarms(console, satellite_id)


@pytest.mark.parametrize(
    ("kind", "target", "size", "first", "samples", "cause"),
    [
        (Kind.THERMAL_RUNAWAY, "battery", 20.0, 600, 120, "battery_temp"),
        (Kind.STUCK, "temp_payload", 0.0, 500, 90, "temp_payload"),
        (Kind.NOISE, "gyro_x", 0.5, 400, 80, "gyro_x"),
    ],
)
def test_a_fault_of_the_demo_is_one_alarm_with_its_cause(
    console: Console,
    station: Station,
    mission: Mission,
    unique: str,
    start_ms: int,
    kind: Kind,
    target: str,
    size: float,
    first: int,
    samples: int,
    cause: str,
) -> None:
    """However many events a fault leads to, on however many channels: one incident, and its cause comes first."""
    begin = start_ms + first * CADENCE_MS
    fault = Fault(kind, target, begin, begin + samples * CADENCE_MS, size)
    sent = simulated(mission, f"ALARM-{unique}", start_ms, faults=[fault])
    station.whole(sent)
    station.flush()
    batch = console.judged(sent.uid)
    assert batch["verdict"] == "ANOMALY"
    (item,) = alarms(console, sent.satellite_id)
    assert (item["channel"], item["annunciated"]) == (cause, True), item
    assert item["findings"] >= len(batch["events"])


def test_nominal_satellites_raise_no_alarm(
    console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """Neither verdicts nor limits find anything in nominal telemetry."""
    sent = [simulated(mission, f"CALM-{unique}-{n}", start_ms, seed=n + 77, like=f"CALM-{n}") for n in range(3)]
    for one in sent:
        station.whole(one)
    station.flush()
    for one in sent:
        console.judged(one.uid)
        assert alarms(console, one.satellite_id) == []


def test_a_spike_of_one_sample_is_an_alarm_before_the_pass_is_over(
    console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """Half a pass without a marker: the alarm is there within seconds, returns to normal, and the verdict joins it."""
    begin = start_ms + 500 * CADENCE_MS
    spike = Fault(Kind.SPIKE, "battery_temp", begin, begin + CADENCE_MS, 60.0)
    sent = simulated(mission, f"SPIKE-{unique}", start_ms, faults=[spike])
    station.records(sent, range(540))
    station.flush()
    began = time.monotonic()
    (item,) = wait_for("the alarm", some(console, sent.satellite_id))
    print(f"alarm after {time.monotonic() - began:.2f} s")  # noqa: T201 - shown on request
    assert (item["kind"], item["channel"], item["onset"]) == ("limit", "battery_temp", item["end"])
    station.records(sent, range(540, sent.records))
    station.marker(sent)
    station.flush()
    console.judged(sent.uid)
    (joined,) = alarms(console, sent.satellite_id)
    assert joined["incident_id"] == item["incident_id"]
    assert joined["raised"] == 1
    assert not joined["ongoing"]


def test_a_playback_of_a_day_raises_none(
    console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """A recorder's dump with a fault is judged and put on record, and no alarm asks for anybody."""
    begin = start_ms + 300 * CADENCE_MS
    fault = Fault(Kind.SPIKE, "battery_temp", begin, begin + 20 * CADENCE_MS, 60.0)
    day = [simulated(mission, f"DUMP-{unique}", start_ms + n * BATCH_MS, faults=[fault]) for n in range(2)]
    for one in day:
        dump = type(one)(one.mission, one.satellite_id, one.batch_id, one.telemetry, "dump")
        station.whole(dump)
        station.flush()
        console.judged(dump.uid)
    items = alarms(console, day[0].satellite_id)
    assert items, "the dump's fault is on record"
    assert {i["state"] for i in items} == {"logged"}
