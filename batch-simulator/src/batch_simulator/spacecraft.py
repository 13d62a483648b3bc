"""One satellite's own constants: its orbit and its build tolerances, from its id alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from batch_simulator.counter_rng import draw, key

MU_KM3_S2 = 398_600.4418
EARTH_RADIUS_KM = 6378.137


@dataclass(frozen=True, slots=True)
class Spacecraft:
    """The constants of a satellite. Angles in radians, lengths in km, power in W, times in s."""

    satellite_id: str
    inclination: float
    node: float
    perigee: float
    anomaly: float
    eccentricity: float
    height: float
    panel_current: tuple[float, float, float]
    panel_voltage: float
    battery_ah: float
    battery_ohm: float
    base_load: float
    payload_load: float
    transmitter_load: float
    libration_deg: tuple[float, float, float]
    libration_s: tuple[float, float, float]
    residual_dipole: tuple[float, float, float]
    wheel_bias_rpm: tuple[float, float, float]
    gyro_bias: tuple[float, float, float]
    link_db: float

    @property
    def mean_motion(self) -> float:
        """Radians a second."""
        return math.sqrt(MU_KM3_S2 / (EARTH_RADIUS_KM + self.height) ** 3)

    @property
    def key(self) -> int:
        """The key of this satellite's random numbers, whoever simulates it."""
        return key("satellite", self.satellite_id)


def build(satellite_id: str) -> Spacecraft:
    """The satellite of this id: always the same one."""

    def between(what: str, low: float, high: float) -> float:
        return draw(key("build", satellite_id, what), low, high)

    def three(what: str, low: float, high: float) -> tuple[float, float, float]:
        return (between(what + "1", low, high), between(what + "2", low, high), between(what + "3", low, high))

    turn = 2.0 * math.pi
    return Spacecraft(
        satellite_id=satellite_id,
        inclination=math.radians(51.6),
        node=between("node", 0.0, turn),
        perigee=between("perigee", 0.0, turn),
        anomaly=between("anomaly", 0.0, turn),
        eccentricity=between("eccentricity", 0.0003, 0.0009),
        height=between("height", 414.0, 419.0),
        panel_current=three("panel_current", 2.25, 2.35),
        panel_voltage=between("panel_voltage", 33.6, 34.4),
        battery_ah=between("battery_ah", 6.3, 6.8),
        battery_ohm=between("battery_ohm", 0.09, 0.11),
        base_load=between("base_load", 20.0, 22.0),
        payload_load=between("payload_load", 16.0, 18.0),
        transmitter_load=between("transmitter_load", 11.0, 13.0),
        libration_deg=three("libration_deg", 0.35, 0.6),
        libration_s=three("libration_s", 900.0, 1800.0),
        residual_dipole=three("residual_dipole", -0.15, 0.15),
        wheel_bias_rpm=three("wheel_bias", 1400.0, 2200.0),
        gyro_bias=three("gyro_bias", -0.002, 0.002),
        link_db=between("link", -1.5, 1.5),
    )
