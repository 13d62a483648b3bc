"""The satellite's whole model, run over absolute time: what is true on board, before any sensor.

The state is a function of the satellite's id, the faults and absolute time alone: a day is always simulated from a
fixed instant before its midnight, long enough before that the state at the start is forgotten (heat flows away,
the battery fills, the data on board are taken down). Any record cut from it continues any other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from batch_simulator import attitude, comm, counter_rng, orbit, power, thermal
from batch_simulator.comm import smoothstep
from batch_simulator.counter_rng import Floats
from batch_simulator.faults import Fault
from batch_simulator.physical_faults import profiles
from batch_simulator.spacecraft import Spacecraft, build

STEP_S = 10
DAY_S = 86_400
WARM_UP_S = 24 * 3600
_MAGNETIC_UT_PER_A = 0.05
_WHEEL_W_PER_RPM = 0.0006


@dataclass(frozen=True, slots=True)
class Truth:
    """Quantities on board on a grid of :data:`STEP_S`, by the channel that measures them; without sensor errors."""

    time_s: Floats
    values: dict[str, Floats]
    last_contact_s: Floats
    """The absolute time of the last contact, for each grid point."""
    longitude_deg: Floats
    """Unwrapped."""

    def at(self, name: str, time_s: Floats) -> Floats:
        """The true quantity at these times, which lie inside the grid."""
        if name == "last_contact":
            cell = np.minimum(((time_s - self.time_s[0]) // STEP_S).astype(np.int64), self.time_s.size - 1)
            return np.asarray(np.maximum(time_s - self.last_contact_s[cell], 0.0), dtype=np.float64)
        if name == "longitude":
            east = np.interp(time_s, self.time_s, self.longitude_deg)
            return np.asarray(np.mod(east + 180.0, 360.0) - 180.0, dtype=np.float64)
        return np.asarray(np.interp(time_s, self.time_s, self.values[name]), dtype=np.float64)


QUANTITIES: frozenset[str] = frozenset(
    {
        *("battery_voltage", "battery_soc", "battery_current", "battery_temp", "power_consumption", "power_generation"),
        *(f"solar_panel_{i}_{what}" for i in (1, 2, 3) for what in ("voltage", "current")),
        *(f"temp_{node}" for node in (*thermal.NODES, "solar_panel")),
        *(f"{what}_{axis}" for what in ("gyro", "mag") for axis in "xyz"),
        *(f"wheel_{i}_rpm" for i in (1, 2, 3)),
        *("sun_angle", "altitude", "velocity", "rssi", "data_backlog", "last_contact"),
        *("temperature", "battery", "solar_power", "latitude", "longitude"),
    }
)
"""The channels that the model knows."""

_SMALL_ARRAY = 0.45
"""The simple mission's panels against the default's."""


@lru_cache(maxsize=16)
def day(satellite_id: str, number: int, faults: tuple[Fault, ...]) -> Truth:
    """The truth of one UTC day (days since 1970), from midnight to midnight inclusive, under these physical faults."""
    midnight = number * DAY_S
    time_s = np.arange(midnight - WARM_UP_S, midnight + DAY_S + 2 * STEP_S, STEP_S, dtype=np.float64)
    whole = simulate(build(satellite_id), time_s, faults)
    kept = slice(WARM_UP_S // STEP_S, -1)
    return Truth(
        whole.time_s[kept],
        {name: values[kept] for name, values in whole.values.items()},
        whole.last_contact_s[kept],
        whole.longitude_deg[kept],
    )


def simulate(craft: Spacecraft, time_s: Floats, faults: tuple[Fault, ...] = ()) -> Truth:
    """Run the model over an even time grid from an initial state near its equilibrium."""
    step = float(time_s[1] - time_s[0])
    profile = profiles(faults, time_s)
    track = orbit.propagate(craft, time_s)
    latitude, longitude, height = orbit.geodetic(track.earth_fixed)
    attitude_state = attitude.fly(craft, track, profile.slip_rpm)
    link = comm.communicate(craft, track, profile.fade_db)

    imaging = smoothstep(track.subsolar_cosine, 0.05, 0.6)
    busy = 0.5 + 0.25 * counter_rng.smooth_noise(counter_rng.key(craft.key, "computer"), time_s, 1800.0)
    loads = {
        "obc": craft.base_load * 0.35 + 2.0 * np.clip(busy, 0.0, 1.0),
        "comm": 2.0 + craft.transmitter_load * link.transmitter,
        "payload": 3.0 + craft.payload_load * imaging,
        "wheels": _WHEEL_W_PER_RPM * np.abs(attitude_state.wheel_rpm).sum(axis=1) + profile.load_w,
    }
    load = craft.base_load * 0.65 + sum(loads.values(), np.zeros_like(time_s))

    flux = power.sunlight(track, attitude_state.sun)
    panel_c = thermal.panel_temperatures(flux, profile.strings, step)
    panels = power.panels(craft, flux, panel_c, profile.strings)
    battery_c = np.full_like(time_s, 20.0)
    battery = power.operate(craft, panels.available, load, temperature_c=battery_c, cells=profile.cells, step_s=step)
    nodes = thermal.equipment(_heat(loads, battery, track, profile.heat_w), step)
    battery_c = nodes["battery"]
    battery = power.operate(craft, panels.available, load, temperature_c=battery_c, cells=profile.cells, step_s=step)
    panel_voltage, panel_current = panels.drawn(battery.used)

    stray = _MAGNETIC_UT_PER_A * battery.current
    generation = panels.available * battery.used
    values = {
        "battery_voltage": battery.voltage,
        "battery_soc": battery.soc * 100.0,
        "battery_current": battery.current,
        "battery_temp": nodes["battery"] + 0.4 * battery.heat_w,
        "power_consumption": load,
        "power_generation": generation,
        "temp_solar_panel": panel_c[:, 0],
        "sun_angle": attitude_state.sun_angle_deg,
        "altitude": height,
        "velocity": orbit.norm(track.velocity_km_s),
        "rssi": link.rssi_dbm,
        "data_backlog": comm.backlog(track, link, imaging),
        "temperature": nodes["external"],
        "battery": battery.voltage / power.CELLS,
        "solar_power": generation * _SMALL_ARRAY,
        "latitude": np.degrees(latitude),
    }
    values |= {f"temp_{node}": nodes[node] for node in thermal.NODES}
    for i in range(3):
        values[f"solar_panel_{i + 1}_voltage"] = panel_voltage[:, i]
        values[f"solar_panel_{i + 1}_current"] = panel_current[:, i]
        values[f"wheel_{i + 1}_rpm"] = attitude_state.wheel_rpm[:, i]
        values[f"gyro_{'xyz'[i]}"] = attitude_state.rate_deg_s[:, i]
        values[f"mag_{'xyz'[i]}"] = attitude_state.field_ut[:, i] + stray * (0.6, -0.3, 0.2)[i]
    return Truth(time_s, values, link.last_contact_s, np.degrees(np.unwrap(longitude)))


def _heat(
    loads: dict[str, Floats], battery: power.Battery, track: orbit.Track, extra: dict[str, Floats]
) -> dict[str, Floats]:
    """What each thermal node takes up, W."""
    day_side = np.clip(track.subsolar_cosine, 0.0, None)
    earth = 27.0 + 9.0 * day_side
    sun = 22.0 * track.illumination * np.sqrt(np.clip(1.0 - track.subsolar_cosine**2, 0.0, 1.0))
    heat = {
        "battery": 3.5 + battery.heat_w,
        "obc": loads["obc"] + 0.3 * loads["wheels"],
        "comm": 3.0 + 0.6 * loads["comm"],
        "payload": 0.75 * loads["payload"] + 2.0 * day_side,
        "external": earth + sun,
    }
    return {node: watts + extra[node] for node, watts in heat.items()}


def days_of(start_s: float, end_s: float) -> range:
    """The UTC days that the closed span touches."""
    return range(math.floor(start_s / DAY_S), math.floor(end_s / DAY_S) + 1)


def felt_on(fault: Fault, number: int) -> bool:
    """Whether the simulation of this UTC day takes notice of the fault."""
    begin = number * DAY_S - WARM_UP_S
    return fault.end_ms > begin * 1000 and fault.start_ms <= (number * DAY_S + DAY_S + STEP_S) * 1000


def felt(fault: Fault, start_ms: int, end_ms: int) -> bool:
    """Whether the fault can show in samples of the closed span."""
    return fault.start_ms <= end_ms and any(felt_on(fault, n) for n in days_of(start_ms / 1000, end_ms / 1000))
