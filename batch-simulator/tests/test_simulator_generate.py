"""Telemetry as a pure function: the same whoever asks, however it is cut, and on the sensors' own steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch_simulator.faults import Fault, Kind
from batch_simulator.generate import NotSimulatedError, Telemetry, generate
from passwatch.mission import Mission

START = 1_793_000_000_000
CADENCE_S = 30.0
RECORDS = 1_080
SPAN_MS = RECORDS * 30_000


def _same(a: Telemetry, b: Telemetry) -> bool:
    return np.array_equal(a.timestamps, b.timestamps) and all(
        np.array_equal(a.channels[name], b.channels[name]) for name in a.channels
    )


def test_the_same_arguments_make_the_same_telemetry(default_mission: Mission) -> None:
    """Nothing but the arguments matters."""
    a, b = (generate(default_mission, "SAT-001", START, 200, CADENCE_S, 7) for _ in range(2))
    assert _same(a, b)


def test_another_seed_changes_noise_and_nothing_else(default_mission: Mission) -> None:
    """Two seeds' readings of one satellite differ by no more than noise; another satellite flies elsewhere."""
    a, b = (generate(default_mission, "SAT-001", START, RECORDS, CADENCE_S, seed) for seed in (1, 2))
    assert not _same(a, b)
    assert np.abs(a.channels["temp_obc"] - b.channels["temp_obc"]).max() < 1.0
    other = generate(default_mission, "SAT-002", START, RECORDS, CADENCE_S, 1)
    assert np.abs(a.channels["mag_z"] - other.channels["mag_z"]).max() > 5.0


@settings(max_examples=15, deadline=None)
@given(
    cut=st.integers(1, RECORDS - 1), start=st.integers(START, START + 2 * 86_400_000), kind=st.sampled_from(list(Kind))
)
def test_two_batches_are_the_whole_cut_in_two(default_mission: Mission, cut: int, start: int, kind: Kind) -> None:
    """A batch continues the one before exactly, across midnight and across a fault too, given the same faults."""
    target = {
        Kind.CELL_LOSS: "battery",
        Kind.STRING_LOSS: "solar_panel_2",
        Kind.WHEEL_FRICTION: "wheel_3",
        Kind.THERMAL_RUNAWAY: "payload",
        Kind.TRANSMITTER_FADE: "transmitter",
        Kind.DROPPED: "records",
    }.get(kind, "temp_obc")
    fault = Fault(kind, target, start + 300 * 30_000, start + 700 * 30_000, 0.5)
    whole = generate(default_mission, "SAT-001", start, RECORDS, CADENCE_S, 3, (fault,))
    first = generate(default_mission, "SAT-001", start, cut, CADENCE_S, 3, (fault,))
    second = generate(default_mission, "SAT-001", start + cut * 30_000, RECORDS - cut, CADENCE_S, 3, (fault,))
    assert np.array_equal(np.concatenate([first.timestamps, second.timestamps]), whole.timestamps)
    for name, values in whole.channels.items():
        assert np.array_equal(np.concatenate([first.channels[name], second.channels[name]]), values), name


@pytest.mark.parametrize("cadence_s", [0.5, 1.0, 7.3, 30.0, 60.0])
def test_any_cadence_samples_the_same_satellite(default_mission: Mission, cadence_s: float) -> None:
    """Records are evenly spaced at the cadence, and one that falls on the same instant reads the same."""
    fine = generate(default_mission, "SAT-001", START, 100, cadence_s, 1)
    assert np.array_equal(fine.timestamps, START + np.round(np.arange(100) * cadence_s * 1000).astype(np.int64))
    coarse = generate(default_mission, "SAT-001", START, 100, CADENCE_S, 1)
    shared, at, by = np.intersect1d(fine.timestamps, coarse.timestamps, return_indices=True)
    assert shared.size
    for name in fine.channels:
        assert np.array_equal(fine.channels[name][at], coarse.channels[name][by]), name


def test_a_nominal_satellite_violates_no_limit(default_mission: Mission, simple_mission: Mission) -> None:
    """What the missions call a warning never happens to a healthy satellite, through the seasons."""
    for week in range(14):
        for mission in (default_mission, simple_mission):
            start = (START // 86_400_000 - 17 * week) * 86_400_000
            telemetry = generate(mission, f"SAT-{week % 4}", start, 2_880, CADENCE_S, 1)
            for channel in mission.channels:
                values, limits = telemetry.channels[channel.name], channel.limits
                if limits.warning_low is not None:
                    assert values.min() >= limits.warning_low, channel.name
                if limits.warning_high is not None:
                    assert values.max() <= limits.warning_high, channel.name


def test_readings_are_whole_steps(default_mission: Mission, simple_mission: Mission) -> None:
    """Every reading is the number nearest to a multiple of its channel's resolution, and finite."""
    for mission in (default_mission, simple_mission):
        telemetry = generate(mission, "SAT-001", START, RECORDS, CADENCE_S, 1)
        assert list(telemetry.channels) == [c.name for c in mission.channels]
        for channel in mission.channels:
            values = telemetry.channels[channel.name]
            assert np.isfinite(values).all()
            assert channel.resolution is not None
            steps = values / channel.resolution
            assert np.allclose(steps, np.round(steps), atol=1e-6), channel.name
            assert all(len(f"{v:.10f}".rstrip("0").partition(".")[2]) <= 4 for v in values[:50].tolist()), channel.name


def test_channels_are_forecastable_but_noisy(default_mission: Mission) -> None:
    """A sensor's noise is small beside what its channel does in an orbit, and it is there."""
    telemetry = generate(default_mission, "SAT-001", START, RECORDS, CADENCE_S, 1)
    for name in ("battery_voltage", "temp_payload", "temp_solar_panel", "mag_x", "wheel_2_rpm", "sun_angle"):
        values = telemetry.channels[name]
        curvature = np.diff(values, 2)
        assert 0.0 < np.median(np.abs(curvature)) < 0.1 * values.std(), name


def test_missions_without_simulated_channels_are_refused(recorded_mission: Mission) -> None:
    """A mission that lists no channels cannot be simulated, and the error names it."""
    with pytest.raises(NotSimulatedError, match="nasa-smap-msl"):
        generate(recorded_mission, "NASA-A-1", START, 10, 60.0, 1)
