"""The shipped calibration and weights on simulated satellites that nothing was fitted on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from batch_simulator.faults import Fault, Kind
from batch_simulator.generate import Telemetry, generate
from detection.api import MODELS, ChannelInput, Detector, SubsystemJudgement, load_calibration
from detection.forecasters.onnx import load_forecasters
from detection.types import Flags
from passwatch.mission import load_mission

ROOT = Path(__file__).resolve().parents[2]
MISSION = load_mission(ROOT / "missions" / "default.json")
START = 1_775_000_000_000 // 30_000 * 30_000
RECORDS = 1080


@pytest.fixture(scope="module")
def shipped() -> Detector:
    calibration = load_calibration(ROOT / "missions" / "calibration" / "default.json")
    return Detector(calibration, load_forecasters(ROOT / "triton-models" / "models", MODELS))


def judge(
    detector: Detector, telemetry: Telemetry, begin: int, history: int, kept: Flags | None = None
) -> dict[str, SubsystemJudgement]:
    """Each subsystem's judgement of the batch that begins at that record, the other channels as its context.

    Of the records only those that are ``kept`` arrive.
    """
    arrived = np.ones(len(telemetry.timestamps), dtype=np.bool_) if kept is None else kept.copy()
    arrived[: begin - history] = False
    arrived[begin + RECORDS :] = False
    inputs = {
        c.name: ChannelInput(
            c.name,
            c.unit,
            telemetry.timestamps[arrived],
            telemetry.channels[c.name][arrived],
            int(arrived[:begin].sum()),
            RECORDS,
            c.limits,
            c.resolution,
        )
        for c in MISSION.channels
    }
    judged = {}
    for subsystem in MISSION.subsystems:
        own = [c.name for c in MISSION.channels if c.subsystem == subsystem]
        context = [inputs[name] for name in detector.context_of(own)]
        judged[subsystem] = detector.judge([inputs[name] for name in own], context)
    return judged


def losing(share: float, run: int, seed: int) -> Flags:
    """Two batches' records of which about that share is lost, so many in a row: true for those that arrive."""
    kept = np.ones(2 * RECORDS, dtype=np.bool_)
    for begin in np.flatnonzero(np.random.default_rng(seed).random(2 * RECORDS) < share / run):
        kept[begin : begin + run] = False
    return kept


@pytest.mark.parametrize(
    ("begin", "share", "run"),
    [
        pytest.param(RECORDS, 0.0, 1, id="whole"),
        pytest.param(0, 0.0, 1, id="without history"),
        pytest.param(RECORDS, 0.1, 1, id="every tenth record lost"),
        pytest.param(RECORDS, 0.1, 5, id="five records lost in a row"),
        pytest.param(RECORDS, 0.1, 40, id="forty records lost in a row"),
    ],
)
def test_nominal_satellites_raise_nothing(shipped: Detector, begin: int, share: float, run: int) -> None:
    """Of ten batches of satellites of unseen seeds at least nine are nominal in all four subsystems, whatever of them
    is lost."""
    verdicts = []
    for number in range(10):
        start = START + number * 13 * 86_400_000
        telemetry = generate(MISSION, f"NOMINAL-{number}", start, 2 * RECORDS, 30.0, 41_000 + number)
        history = min(begin, shipped.history_samples)
        judged = judge(shipped, telemetry, begin, history, losing(share, run, number))
        verdicts.append({judgement.verdict for judgement in judged.values()})
    assert verdicts.count({"NOMINAL"}) >= 9, verdicts


@pytest.mark.parametrize(
    ("kind", "channel", "size", "length"),
    [
        (Kind.SHIFT, "battery_temp", 1.5, 60),
        (Kind.SPIKE, "temp_obc", 2.0, 2),
        (Kind.DRIFT, "wheel_2_rpm", 150.0, 60),
        (Kind.NOISE, "gyro_x", 0.02, 40),
        (Kind.STUCK, "mag_y", 0.0, 40),
    ],
)
def test_a_sensor_fault_is_found_on_its_channel_and_time(
    shipped: Detector, kind: Kind, channel: str, size: float, length: int
) -> None:
    """A decent fault of one sensor raises an event on that channel while it lasts or within 20 samples after."""
    first = 500
    fault = Fault(kind, channel, START + first * 30_000, START + (first + length) * 30_000, size)
    telemetry = generate(MISSION, "FAULTY-1", START, RECORDS, 30.0, 977, [fault])
    events = [e for j in judge(shipped, telemetry, 0, 0).values() for e in j.events if e.channel == channel]
    assert any(e.start <= fault.end_ms + 20 * 30_000 and e.end >= fault.start_ms for e in events)


@pytest.mark.parametrize("run", [1, 5])
def test_a_fault_is_found_although_records_are_lost(shipped: Detector, run: int) -> None:
    """A tenth of the records being lost does not hide a fault inside its channel's range."""
    first = RECORDS + 500
    fault = Fault(Kind.SHIFT, "battery_temp", START + first * 30_000, START + (first + 60) * 30_000, 1.5)
    telemetry = generate(MISSION, "FAULTY-1", START, 2 * RECORDS, 30.0, 977, [fault])
    judged = judge(shipped, telemetry, RECORDS, shipped.history_samples, losing(0.1, run, 1))
    assert any(
        event.channel == "battery_temp" and event.start <= fault.end_ms and event.end >= fault.start_ms
        for judgement in judged.values()
        for event in judgement.events
    )


@pytest.mark.parametrize(
    ("kind", "target", "size", "channels"),
    [
        (Kind.CELL_LOSS, "battery", 1.0, {"battery_voltage"}),
        (Kind.WHEEL_FRICTION, "wheel_1", 250.0, {"wheel_1_rpm"}),
        (Kind.THERMAL_RUNAWAY, "obc", 15.0, {"temp_obc"}),
    ],
)
def test_a_physical_fault_is_found_where_it_shows(
    shipped: Detector, kind: Kind, target: str, size: float, channels: set[str]
) -> None:
    """A fault of the satellite raises an event on the channels that it moves most."""
    fault = Fault(kind, target, START + 500 * 30_000, START + 800 * 30_000, size)
    telemetry = generate(MISSION, "FAULTY-2", START, RECORDS, 30.0, 978, [fault])
    found = {e.channel for j in judge(shipped, telemetry, 0, 0).values() for e in j.events}
    assert channels <= found
