"""Faults: they change what they should, nothing else, and the labels say exactly that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch_simulator.faults import Fault, Kind
from batch_simulator.generate import Telemetry, generate
from batch_simulator.labels import Label
from passwatch.mission import Mission

START = 1_793_000_000_000
STEP = 30_000
RECORDS = 1_080
CHANNELS = ("battery_temp", "gyro_x", "rssi", "wheel_1_rpm", "velocity")


def _fault(kind: Kind, target: str, size: float, first: int = 300, count: int = 120) -> Fault:
    return Fault(kind, target, START + first * STEP, START + (first + count) * STEP, size)


def _both(mission: Mission, *faults: Fault) -> tuple[Telemetry, Telemetry]:
    return (
        generate(mission, "SAT-001", START, RECORDS, 30.0, 1, faults),
        generate(mission, "SAT-001", START, RECORDS, 30.0, 1),
    )


def _changed(a: Telemetry, b: Telemetry) -> dict[str, np.ndarray]:
    found = {name: np.flatnonzero(a.channels[name] != b.channels[name]) for name in a.channels}
    return {name: where for name, where in found.items() if where.size}


def _only(labels: list[Label]) -> Label:
    assert len(labels) == 1
    return labels[0]


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from([Kind.STUCK, Kind.SPIKE, Kind.DRIFT, Kind.SHIFT, Kind.NOISE]),
    channel=st.sampled_from(CHANNELS),
    first=st.integers(0, RECORDS - 2),
    count=st.integers(1, 300),
    sigma=st.floats(1.0, 30.0),
)
def test_a_sensor_fault_alters_its_channel_in_its_time_alone(
    default_mission: Mission, kind: Kind, channel: str, first: int, count: int, sigma: float
) -> None:
    """All other readings are those of the healthy satellite, and the label's span is the fault's."""
    size = sigma * 0.01
    faulty, healthy = _both(default_mission, _fault(kind, channel, size, first, count))
    last = min(first + count, RECORDS) - 1
    for name, where in _changed(faulty, healthy).items():
        assert name == channel
        assert first <= where.min()
        assert where.max() <= last
    label = _only(faulty.labels)
    effect = label.channels[0]
    assert (label.kind, label.target, effect.channel) == (kind, channel, channel)
    for start, end in ((label.start_ms, label.end_ms), (effect.start_ms, effect.end_ms)):
        assert (start, end) == (START + first * STEP, START + last * STEP)
    change = faulty.channels[channel] - healthy.channels[channel]
    assert abs(effect.peak) == pytest.approx(np.abs(change).max())


def test_a_stuck_sensor_repeats_one_reading(default_mission: Mission) -> None:
    """While it is stuck it shows what it read at the moment it stuck."""
    faulty, healthy = _both(default_mission, _fault(Kind.STUCK, "mag_x", 0.0))
    assert (faulty.channels["mag_x"][300:420] == healthy.channels["mag_x"][300]).all()


def test_shift_drift_and_noise_have_the_size_that_was_asked_for(default_mission: Mission) -> None:
    """A shift is level, a drift ends at its size, a burst has its deviation, all within the sensor's step."""
    for kind in (Kind.SHIFT, Kind.DRIFT, Kind.NOISE):
        faulty, healthy = _both(default_mission, _fault(kind, "mag_x", 4.0))
        change = (faulty.channels["mag_x"] - healthy.channels["mag_x"])[300:420]
        if kind is Kind.SHIFT:
            assert change == pytest.approx(np.full(120, 4.0), abs=0.051)
        elif kind is Kind.DRIFT:
            assert change == pytest.approx(np.linspace(0.0, 4.0, 121)[:-1], abs=0.051)
        else:
            assert change.std() == pytest.approx(4.0, rel=0.25)


PHYSICAL = {
    Kind.CELL_LOSS: (
        "battery",
        1.0,
        {"battery_voltage", "battery_current"},
        {"gyro_x", "altitude", "rssi", "wheel_1_rpm"},
    ),
    Kind.STRING_LOSS: (
        "solar_panel_2",
        0.5,
        {"solar_panel_2_current", "power_generation", "battery_soc"},
        {"gyro_x", "altitude", "rssi", "wheel_1_rpm"},
    ),
    Kind.WHEEL_FRICTION: (
        "wheel_2",
        400.0,
        {"wheel_2_rpm", "gyro_y", "power_consumption"},
        {"wheel_1_rpm", "altitude", "rssi"},
    ),
    Kind.THERMAL_RUNAWAY: (
        "battery",
        20.0,
        {"battery_temp", "temp_battery", "temp_obc"},
        {"gyro_x", "altitude", "rssi", "power_consumption"},
    ),
    Kind.TRANSMITTER_FADE: (
        "transmitter",
        20.0,
        {"rssi", "last_contact", "data_backlog"},
        {"temp_obc", "altitude", "mag_x"},
    ),
}


@pytest.mark.parametrize("kind", list(PHYSICAL))
def test_a_physical_fault_shows_where_physics_couples_it(default_mission: Mission, kind: Kind) -> None:
    """It moves the channels that depend on what broke and leaves the others as they are, never before it begins."""
    target, size, moved, untouched = PHYSICAL[kind]
    faulty, healthy = _both(default_mission, _fault(kind, target, size, 300, 400))
    changed = _changed(faulty, healthy)
    shown = {effect.channel: effect for effect in _only(faulty.labels).channels}
    assert moved <= set(shown)
    assert not untouched & set(changed)
    assert min(where.min() for where in changed.values()) >= 300
    for effect in shown.values():
        assert effect.start_ms >= START + 300 * STEP
        assert effect.peak_sigma >= 3.0


def test_a_lost_cell_takes_its_voltage(default_mission: Mission) -> None:
    """One of eight cells lost is an eighth of the voltage."""
    faulty, healthy = _both(default_mission, _fault(Kind.CELL_LOSS, "battery", 1.0))
    ratio = faulty.channels["battery_voltage"][310] / healthy.channels["battery_voltage"][310]
    assert ratio == pytest.approx(7 / 8, abs=0.01)


def test_a_runaway_ends_as_hot_as_was_asked_for(default_mission: Mission) -> None:
    """Its node is at the end warmer by the fault's size, and cools after it."""
    faulty, healthy = _both(default_mission, _fault(Kind.THERMAL_RUNAWAY, "payload", 15.0))
    rise = faulty.channels["temp_payload"] - healthy.channels["temp_payload"]
    assert rise[418:422].max() == pytest.approx(15.0, abs=0.5)
    assert (rise[-1] < 8.0) & (rise[299] == 0.0)


def test_dropped_records_are_absent_and_the_others_unchanged(default_mission: Mission) -> None:
    """Their indices are missing, everything else is as if nothing had been lost, and the label counts them."""
    faulty, healthy = _both(default_mission, _fault(Kind.DROPPED, "records", 0.0))
    kept = np.r_[0:300, 420:RECORDS]
    assert np.array_equal(faulty.indices, kept)
    assert np.array_equal(faulty.timestamps, healthy.timestamps[kept])
    assert all(np.array_equal(faulty.channels[name], healthy.channels[name][kept]) for name in healthy.channels)
    assert _only(faulty.labels).size == 120.0


def test_what_a_fault_leaves_behind_is_labelled_in_the_next_batch(default_mission: Mission) -> None:
    """A batch that begins after a fault says which channels still feel it; one long after says nothing."""
    fault = Fault(Kind.THERMAL_RUNAWAY, "battery", START - 100 * STEP, START - 10 * STEP, 25.0)
    label = _only(generate(default_mission, "SAT-001", START, 200, 30.0, 1, (fault,)).labels)
    assert label.start_ms == START
    assert "temp_battery" in {effect.channel for effect in label.channels}
    later = START + 5 * 86_400_000
    assert generate(default_mission, "SAT-001", later, 200, 30.0, 1, (fault,)).labels == []


def test_faults_show_in_the_simple_mission_too(simple_mission: Mission) -> None:
    """The same physics moves the seven metrics."""
    faulty = generate(simple_mission, "MINI-001", START, RECORDS, 30.0, 1, (_fault(Kind.CELL_LOSS, "battery", 1.0),))
    assert _only(faulty.labels).channels[0].channel == "battery"
