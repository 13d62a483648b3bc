"""A batch is judged by its own records and by no others, and what it shares its times with is said."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import msgspec
import numpy as np
import pytest

from batch_simulator.generate import Telemetry
from passwatch import headers
from passwatch.contracts import BatchEnd, Stream
from passwatch.mission import Mission
from tests.support.console import Console, Json
from tests.support.moment import CADENCE_MS, days_ago
from tests.support.station import Pass, Station, simulated

pytestmark = pytest.mark.system

RECORDS = 240
CHANNEL = "battery_temp"


@pytest.fixture
def right(mission: Mission) -> Pass:
    """A nominal pass of a new satellite."""
    return simulated(mission, f"ID-{uuid4().hex[:8]}", days_ago(20), records=RECORDS)


def other(sent: Pass, batch_id: str, *, add: float = 0.0, later_ms: int = 0, stream: Stream = "realtime") -> Pass:
    """The same pass under another id: its battery warmer, its times later."""
    was = sent.telemetry
    channels = was.channels | {CHANNEL: was.channels[CHANNEL] + add}
    telemetry = Telemetry(was.timestamps + later_ms, channels, indices=was.indices)
    return replace(sent, batch_id=batch_id, telemetry=telemetry, stream=stream)


def judged(console: Console, sent: Pass) -> Json:
    return console.judged(sent.uid)


def chart(console: Console, sent: Pass, **query: str) -> Json:
    times = sent.telemetry.timestamps
    span = {"from": int(times[0]), "to": int(times[-1])}
    return console.get(
        "/api/v1/trends/raw", satellite_id=sent.satellite_id, metric=CHANNEL, points=5_000, **(span | query)
    )


def hashes(batch: Json) -> dict[str, str]:
    return {item["subsystem"]: item["input_hash"] for item in batch["provenance"]}


@pytest.mark.parametrize("waits", [False, True], ids=["both at once", "the first judged before"])
@pytest.mark.parametrize("wrong_first", [False, True], ids=["right first", "wrong first"])
def test_other_values_for_the_same_times_are_judged_apart(
    console: Console, station: Station, right: Pass, wrong_first: bool, waits: bool
) -> None:
    """Each is judged on what was sent under its id, the clash is said on both, and the chart shows the newer one."""
    wrong = other(right, right.batch_id + "-w", add=25.0)
    first, second = (wrong, right) if wrong_first else (right, wrong)
    station.whole(first)
    station.flush()
    if waits:
        console.judged(first.uid)
    station.whole(second)
    station.flush()
    good, bad = judged(console, right), judged(console, wrong)
    assert bad["verdict"] == "ANOMALY"
    assert CHANNEL in {event["channel"] for event in bad["events"]}
    assert CHANNEL not in {event["channel"] for event in good["events"]}
    for batch in (good, bad):
        assert (batch["records"], batch["rule"], batch["completeness"]) == (RECORDS, "complete", 1.0)
        assert all(channel["samples"] == RECORDS for channel in batch["channels"])
    assert hashes(good)["eps"] != hashes(bad)["eps"]
    assert [o["batch_id"] for o in judged(console, right)["overlaps"]] == [wrong.batch_id]
    assert [o["batch_id"] for o in judged(console, wrong)["overlaps"]] == [right.batch_id]
    shown = chart(console, right)
    np.testing.assert_allclose(shown["raw"]["v"], second.telemetry.channels[CHANNEL], rtol=1e-11)
    assert [take["take"] for take in shown["takes"]] == [1]


def test_passes_that_overlap_and_a_dump_between_are_each_whole(console: Console, station: Station, right: Pass) -> None:
    """A pass that begins half a step later, and a slower dump of the same time, are judged by their own records."""
    between = other(right, right.batch_id + "-b", add=1.0, later_ms=CADENCE_MS // 2)
    rare = right.telemetry
    dump = replace(
        right,
        batch_id=right.batch_id + "-d",
        telemetry=Telemetry(
            rare.timestamps[::4] + 7,
            {n: v[::4] for n, v in rare.channels.items()},
            indices=rare.indices[: RECORDS // 4],
        ),
    )
    for sent in (right, between, dump):
        station.whole(sent)
    station.flush()
    for sent in (right, between, dump):
        batch = judged(console, sent)
        assert (batch["records"], batch["expected"]) == (sent.records, sent.records)
        assert {(c["samples"], c["expected"]) for c in batch["channels"]} == {(sent.records, sent.records)}
        assert len(batch["overlaps"]) == 2
    assert judged(console, right)["events"] == []


def test_a_clock_that_runs_backwards_is_said_and_never_complete(
    console: Console, station: Station, right: Pass
) -> None:
    """An hour that came twice within a pass: how many records and which span; the pass is not called complete."""
    times = right.telemetry.timestamps.copy()
    back = 120
    times[RECORDS // 2 :] -= back * CADENCE_MS
    sent = replace(right, telemetry=replace(right.telemetry, timestamps=times))
    station.records(sent, range(RECORDS // 2), 60)
    station.records(sent, range(RECORDS // 2, RECORDS), 60)
    station.marker(replace(sent, telemetry=right.telemetry))
    station.flush()
    batch = judged(console, sent)
    (revision,) = batch["revisions"]
    assert (batch["rule"], batch["completeness"]) == ("grace", 0.5)
    assert revision["repeated_times"] == {
        "count": RECORDS // 2,
        "first_time": int(times[RECORDS // 2]),
        "last_time": int(times[-1]),
    }
    assert all("the clock ran backwards: 120 records" in s["reason"] for s in batch["subsystems"])


def test_a_test_run_never_mixes_with_flight_data(console: Console, station: Station, right: Pass) -> None:
    """The same satellite, batch id and times in another stream are another batch, beside the flight data's chart."""
    tested = other(right, right.batch_id, add=25.0, stream="test")
    station.whole(right)
    station.whole(tested)
    station.flush()
    good, bad = judged(console, right), judged(console, tested)
    assert (good["stream"], bad["stream"], good["overlaps"], bad["overlaps"]) == ("realtime", "test", [], [])
    assert (good["verdict"], bad["verdict"]) == ("NOMINAL", "ANOMALY")
    np.testing.assert_allclose(chart(console, right)["raw"]["v"], right.telemetry.channels[CHANNEL], rtol=1e-11)
    of_test = chart(console, right, stream="test")["raw"]["v"]
    np.testing.assert_allclose(of_test, tested.telemetry.channels[CHANNEL], rtol=1e-11)


def test_markers_that_contradict_each_other_are_said(console: Console, station: Station, right: Pass) -> None:
    """Nine records announced, then as many as came: nine hold, whatever the timing, and the other count is said."""
    few = 6
    station.records(right, range(few))
    for records in (9, few):
        end = msgspec.structs.replace(right.marker(), records=records)
        station.raw(right.satellite_id, msgspec.json.encode(end), headers.make(BatchEnd))
    station.flush()
    batch = judged(console, right)
    assert (batch["records"], batch["expected"], batch["rule"]) == (few, 9, "grace")
    assert batch["revisions"][0]["other_markers"] == [few]
