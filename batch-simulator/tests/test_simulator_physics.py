"""The model behind the sensors: what physics says of a satellite at 420 km."""

from __future__ import annotations

import math

import numpy as np
import pytest

from batch_simulator import flight, orbit, power, thermal
from batch_simulator.faults import Fault, Kind
from batch_simulator.flight import DAY_S, STEP_S
from batch_simulator.spacecraft import EARTH_RADIUS_KM, build

DAYS = (20_400, 20_560, 20_700)
CRAFTS = ("SAT-001", "SAT-002", "another")


def _sun_elevation_over_orbit(track: orbit.Track) -> float:
    """The angle between the Sun and the orbital plane, degrees."""
    normal = np.cross(track.position_km[0], track.velocity_km_s[0])
    return math.degrees(math.asin(float(normal @ track.sun[0]) / float(np.linalg.norm(normal))))


def test_the_epoch_of_the_elements_is_the_one_that_is_documented() -> None:
    """At the epoch the satellite stands at its mean anomaly from the perigee, within what short periods move it."""
    craft = build("SAT-001")
    track = orbit.propagate(craft, np.array([orbit.EPOCH_S, orbit.EPOCH_S + 1.0]))
    angle = craft.perigee + craft.anomaly
    node = np.array([math.cos(craft.node), math.sin(craft.node), 0.0])
    up = np.array([-math.sin(craft.node) * 0.6211, math.cos(craft.node) * 0.6211, 0.7837])
    expected = math.cos(angle) * node + math.sin(angle) * up
    assert float(track.position_km[0] @ expected) / track.radius_km[0] > 0.99999


def test_the_sun_stands_where_the_seasons_say() -> None:
    """At the solstices of 2026 the declination is that of the tropics, at the equinoxes nil."""
    times = np.array([1782030240.0, 1797886200.0, 1774017960.0, 1790121900.0])
    declination = np.degrees(np.arcsin(orbit.sun_direction(times)[:, 2]))
    assert declination == pytest.approx([23.44, -23.44, 0.0, 0.0], abs=0.02)


def test_eclipses_take_the_part_of_the_orbit_that_geometry_gives() -> None:
    """Where the Sun is near the orbital plane 35 to 40 % of the orbit is dark, as the geometry has it."""
    found = 0
    for number in range(20_480, 20_540, 2):
        track = orbit.propagate(build("SAT-001"), np.arange(number * DAY_S, (number + 1) * DAY_S, 20.0))
        beta = math.radians(_sun_elevation_over_orbit(track))
        dark = 1.0 - float(track.illumination.mean())
        horizon = math.sqrt(1.0 - (EARTH_RADIUS_KM / float(track.radius_km.mean())) ** 2) / math.cos(beta)
        expected = math.acos(min(horizon, 1.0)) / math.pi
        assert dark == pytest.approx(expected, abs=0.02)
        if abs(math.degrees(beta)) < 30.0:
            found += 1
            assert 0.35 < dark < 0.40
    assert found > 5


@pytest.mark.parametrize("satellite", CRAFTS)
@pytest.mark.parametrize("number", DAYS)
def test_quantities_stay_within_physical_bounds(satellite: str, number: int) -> None:
    """No day of any satellite leaves what such a satellite can do."""
    truth = flight.day(satellite, number, ()).values
    bounds = {
        "altitude": (400.0, 450.0),
        "velocity": (7.6, 7.8),
        "latitude": (-52.0, 52.0),
        "sun_angle": (0.0, 180.0),
        "battery_soc": (50.0, 100.0),
        "battery": (3.0, 4.2),
        "solar_power": (0.0, 100.0),
        "temperature": (-50.0, 50.0),
        "power_consumption": (20.0, 80.0),
        "power_generation": (0.0, 220.0),
        "rssi": (-118.01, -80.0),
        "data_backlog": (0.0, 4000.0),
    }
    for name, (low, high) in bounds.items():
        assert low <= truth[name].min(), name
        assert truth[name].max() <= high, name
    field = np.sqrt(sum(truth[f"mag_{axis}"] ** 2 for axis in "xyz"))
    assert 18.0 < field.min() < field.max() < 52.0


@pytest.mark.parametrize("satellite", CRAFTS)
def test_power_is_conserved(satellite: str) -> None:
    """What the panels give is what the satellite uses and what goes into the battery, at every instant."""
    truth = flight.day(satellite, DAYS[0], ()).values
    stored = truth["battery_voltage"] * truth["battery_current"]
    surplus = truth["power_generation"] - truth["power_consumption"] - stored
    assert np.abs(surplus).max() < 1.0
    panels = sum(truth[f"solar_panel_{i}_voltage"] * truth[f"solar_panel_{i}_current"] for i in (1, 2, 3))
    assert np.allclose(panels * power.CONVERTER, truth["power_generation"], atol=1e-6)


def test_charge_is_the_integral_of_the_current() -> None:
    """The state of charge moves by the current, less what charging loses."""
    truth = flight.day("SAT-001", DAYS[0], ()).values
    current = truth["battery_current"]
    flow = np.where(current > 0.0, current * 0.985, current)
    moved = np.cumsum(flow)[:-1] * STEP_S / 3600.0 / build("SAT-001").battery_ah * 100.0
    assert np.allclose(truth["battery_soc"][1:] - truth["battery_soc"][0], moved, atol=1e-6)


def test_in_the_dark_the_battery_carries_the_load() -> None:
    """In the umbra the panels give nothing and the battery is discharged; over a day it comes back to full."""
    satellite, number = "SAT-001", DAYS[0]
    truth = flight.day(satellite, number, ())
    dark = orbit.propagate(build(satellite), truth.time_s).illumination == 0.0
    assert dark.any()
    assert (truth.values["battery_current"][dark] < -0.5).all()
    assert (truth.values["solar_panel_1_current"][dark] < 1e-4).all()
    assert truth.values["battery_soc"].max() > 98.0


def test_temperatures_follow_the_heat_that_is_put_in() -> None:
    """Steady heat at a node ends at a steady temperature, highest at that node; twice the heat is twice the rise."""
    heat = np.full(40_000, 5.0)
    rise = {node: values[-1] for node, values in thermal.response("payload", heat, 10.0).items()}
    assert max(rise, key=rise.__getitem__) == "payload"
    assert min(rise.values()) > 0.0
    twice = thermal.response("payload", 2.0 * heat, 10.0)
    assert twice["obc"][-1] == pytest.approx(2.0 * rise["obc"])


@pytest.mark.parametrize("satellite", CRAFTS)
@pytest.mark.parametrize("number", DAYS)
def test_days_join_without_a_jump(satellite: str, number: int) -> None:
    """A day ends where the next begins, though each is simulated for itself, to far less than any sensor's step."""
    today, tomorrow = flight.day(satellite, number, ()), flight.day(satellite, number + 1, ())
    assert today.time_s[-1] == tomorrow.time_s[0]
    for name, values in today.values.items():
        assert values[-1] == pytest.approx(tomorrow.values[name][0], abs=0.01), name
    assert today.last_contact_s[-1] == tomorrow.last_contact_s[0]


def test_a_fault_before_midnight_is_still_felt_after_it() -> None:
    """A day is simulated with the faults of the evening before, so that what they heated cools on across midnight."""
    midnight = (DAYS[0] + 1) * DAY_S
    fault = Fault(Kind.THERMAL_RUNAWAY, "battery", (midnight - 7200) * 1000, (midnight - 600) * 1000, 20.0)
    before, after = (flight.day("SAT-001", DAYS[0] + i, (fault,)) for i in (0, 1))
    healthy = flight.day("SAT-001", DAYS[0] + 1, ())
    assert before.values["temp_battery"][-1] == pytest.approx(after.values["temp_battery"][0], abs=0.01)
    assert after.values["temp_battery"][0] - healthy.values["temp_battery"][0] > 10.0


def test_contact_clears_the_clock_and_the_backlog() -> None:
    """In contact no time has passed since the last contact and data on board go down; out of it the clock runs."""
    truth = flight.day("SAT-001", DAYS[0], ())
    since = truth.at("last_contact", truth.time_s)
    contact = truth.values["rssi"] > -105.0
    assert contact.any()
    assert (since[contact] == 0.0).all()
    running = ~contact[1:]
    assert np.allclose(np.diff(since)[running], STEP_S)
    strong = truth.values["rssi"] > -92.0
    assert (np.diff(truth.values["data_backlog"])[strong[:-1]] <= 0.0).all()
