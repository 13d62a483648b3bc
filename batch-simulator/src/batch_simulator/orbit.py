"""Where the satellite is, where the Sun is, and whether it sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sgp4.api import WGS72, Satrec

from batch_simulator.counter_rng import Floats
from batch_simulator.spacecraft import EARTH_RADIUS_KM, Spacecraft

EPOCH_S = 1_767_225_600.0
"""The epoch of every satellite's elements, 2026-01-01 00:00 UTC, in Unix seconds: fixed, so that the orbit is a
function of absolute time alone. Without drag the propagation is good for years on both sides of it."""

_EPOCH_DAYS_SINCE_1950 = 27_760.0
_JULIAN_UNIX_EPOCH = 2_440_587.5
_J2000 = 2_451_545.0
_FLATTENING = 1 / 298.257223563
_SUN_RADIUS = math.radians(0.2666)


@dataclass(frozen=True, slots=True)
class Track:
    """The orbit on a time grid. Vectors are [n, 3] in the equatorial inertial frame; unit vectors have no unit."""

    time_s: Floats
    position_km: Floats
    velocity_km_s: Floats
    sun: Floats
    sidereal: Floats
    """Greenwich's sidereal angle in radians."""
    illumination: Floats
    """The part of the Sun's disc that is seen: 0 in the umbra, 1 in sunlight."""

    @property
    def radius_km(self) -> Floats:
        """Distance from the Earth's centre."""
        return norm(self.position_km)

    @property
    def earth_fixed(self) -> Floats:
        """Position in the frame that turns with the Earth, km."""
        return turn(self.position_km, -self.sidereal)

    @property
    def subsolar_cosine(self) -> Floats:
        """Cosine of the Sun's zenith angle under the satellite."""
        return np.asarray(np.sum(self.position_km * self.sun, axis=1) / self.radius_km, dtype=np.float64)


def norm(vectors: Floats) -> Floats:
    """The lengths of [n, 3] vectors."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)), dtype=np.float64)


def turn(vectors: Floats, angle: Floats) -> Floats:
    """[n, 3] vectors turned about the third axis by ``angle`` radians."""
    c, s = np.cos(angle), np.sin(angle)
    x, y, z = vectors.T
    return np.stack([c * x - s * y, s * x + c * y, z], axis=1)


def propagate(craft: Spacecraft, time_s: Floats) -> Track:
    """The satellite's track at these absolute times (Unix seconds) by SGP4."""
    record = Satrec()
    record.sgp4init(
        WGS72,
        "i",
        1,
        _EPOCH_DAYS_SINCE_1950,
        0.0,
        0.0,
        0.0,
        craft.eccentricity,
        craft.perigee,
        craft.inclination,
        craft.anomaly,
        craft.mean_motion * 60.0,
        craft.node,
    )
    days = time_s / 86_400.0
    whole = np.floor(days)
    errors, position, velocity = record.sgp4_array(_JULIAN_UNIX_EPOCH + whole, days - whole)
    if errors.any():
        raise ValueError(f"the orbit of {craft.satellite_id} cannot be propagated to these times")
    sun = sun_direction(time_s)
    return Track(time_s, position, velocity, sun, sidereal_angle(time_s), illumination(position, sun))


def sun_direction(time_s: Floats) -> Floats:
    """Unit vectors to the Sun, good to 0.01 degrees (the Astronomical Almanac's short formula)."""
    days = time_s / 86_400.0 + (_JULIAN_UNIX_EPOCH - _J2000)
    mean_longitude = np.radians(280.460 + 0.9856474 * days)
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = mean_longitude + np.radians(1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 4e-7 * days)
    sine = np.sin(longitude)
    return np.stack([np.cos(longitude), np.cos(obliquity) * sine, np.sin(obliquity) * sine], axis=1)


def sidereal_angle(time_s: Floats) -> Floats:
    """Greenwich's mean sidereal angle in radians."""
    days = time_s / 86_400.0 + (_JULIAN_UNIX_EPOCH - _J2000)
    return np.radians(np.mod(280.46061837 + 360.98564736629 * days, 360.0))


def illumination(position_km: Floats, sun: Floats) -> Floats:
    """The part of the Sun that a satellite at this position sees past the Earth's edge (conical shadow)."""
    radius = norm(position_km)
    toward = np.clip(np.sum(position_km * sun, axis=1) / radius, -1.0, 1.0)
    above_edge = np.arccos(-toward) - np.arcsin(EARTH_RADIUS_KM / radius)
    x = np.clip(above_edge / _SUN_RADIUS, -1.0, 1.0)
    return np.asarray(0.5 + (x * np.sqrt(1.0 - x * x) + np.arcsin(x)) / math.pi, dtype=np.float64)


def geodetic(earth_fixed_km: Floats) -> tuple[Floats, Floats, Floats]:
    """Geodetic latitude and longitude in radians, and height above the ellipsoid in km (Bowring)."""
    x, y, z = earth_fixed_km.T
    a, b = EARTH_RADIUS_KM, EARTH_RADIUS_KM * (1 - _FLATTENING)
    e2 = _FLATTENING * (2 - _FLATTENING)
    p = np.hypot(x, y)
    theta = np.arctan2(z * a, p * b)
    latitude = np.arctan2(z + e2 / (1 - e2) * b * np.sin(theta) ** 3, p - e2 * a * np.cos(theta) ** 3)
    curvature = a / np.sqrt(1 - e2 * np.sin(latitude) ** 2)
    height = p * np.cos(latitude) + z * np.sin(latitude) - a * a / curvature
    return latitude, np.arctan2(y, x), height
