"""What the platform finds: an injected fault where it is, and nothing where nothing is wrong."""

from datetime import datetime

import pytest

from batch_simulator.faults import Fault, Kind
from passwatch.mission import Mission
from tests.support.console import Console
from tests.support.moment import CADENCE_MS
from tests.support.station import BATCH_MS, Station, simulated

pytestmark = pytest.mark.system


def ms(instant: str) -> int:
    """An API instant in ms."""
    return round(datetime.fromisoformat(instant).timestamp() * 1000)


@pytest.mark.parametrize(
    ("kind", "channel", "size", "samples"),
    [
        (Kind.SHIFT, "battery_temp", 8.0, 60),
        (Kind.SHIFT, "temp_obc", 8.0, 60),
        (Kind.NOISE, "gyro_x", 0.5, 60),
        (Kind.SPIKE, "battery_voltage", 3.0, 10),
    ],
)
def test_an_injected_fault_is_found_where_it_is(
    console: Console,
    station: Station,
    mission: Mission,
    unique: str,
    start_ms: int,
    kind: Kind,
    channel: str,
    size: float,
    samples: int,
) -> None:
    """A fault in one channel is reported on that channel, at its time, with an explanation in words."""
    begin = start_ms + 600 * CADENCE_MS
    fault = Fault(kind, channel, begin, begin + samples * CADENCE_MS, size)
    sent = simulated(mission, f"FAULT-{unique}", start_ms, faults=[fault])
    station.whole(sent)
    station.flush()
    batch = console.judged(sent.uid)
    assert batch["verdict"] == "ANOMALY"
    events = [e for e in batch["events"] if e["channel"] == channel]
    assert events, [(e["channel"], e["explanation"]) for e in batch["events"]]
    slack = 20 * CADENCE_MS
    assert any(ms(e["start"]) <= fault.end_ms + slack and ms(e["end"]) >= fault.start_ms for e in events)
    assert all(ms(e["start"]) >= fault.start_ms - slack for e in events)
    assert all(channel in e["explanation"] for e in events)


def test_nominal_satellites_raise_nothing(
    console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """Of five satellites, no batch of nominal telemetry has an event: neither a first one nor one that follows."""
    sent = [
        simulated(mission, f"CALM-{unique}-{n}", start_ms + k * BATCH_MS, seed=n + 77, like=f"CALM-{n}")
        for n in range(5)
        for k in range(2)
    ]
    for one in sent:
        station.whole(one)
    station.flush()
    batches = [console.judged(one.uid) for one in sent]
    found = [(b["batch_id"], b["verdict"], b["events"]) for b in batches]
    assert found == [(one.batch_id, "NOMINAL", []) for one in sent]
