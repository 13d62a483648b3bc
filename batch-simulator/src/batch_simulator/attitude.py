"""Attitude of a nadir-pointing satellite: body rates, directions in the body frame, magnetometer, reaction wheels.

Body axes: x along the flight, y against the orbit's normal, z to the nadir. The zenith deck looks along -z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from batch_simulator import counter_rng, recursion
from batch_simulator.counter_rng import Floats
from batch_simulator.orbit import Track, norm, turn
from batch_simulator.spacecraft import EARTH_RADIUS_KM, Spacecraft

DIPOLE_UT = 30.0
_POLE_LATITUDE, _POLE_LONGITUDE = math.radians(80.7), math.radians(-72.7)
_WHEEL_INERTIA = 6.4e-4
_BODY_INERTIA = np.array([8.0, 9.0, 6.0])
_UNLOADING_S = 5400.0
_AERO_TORQUE = np.array([0.4e-6, 2.5e-6, 0.8e-6])
_CONTROL_LAG_S = 20.0
_RPM = 60.0 / (2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Attitude:
    """Attitude on the time grid; vectors are [n, 3] in body axes."""

    sun: Floats
    rate_deg_s: Floats
    field_ut: Floats
    wheel_rpm: Floats

    @property
    def sun_angle_deg(self) -> Floats:
        """Angle between the Sun and the zenith deck's normal."""
        return np.degrees(np.arccos(np.clip(-self.sun[:, 2], -1.0, 1.0)))


def fly(craft: Spacecraft, track: Track, slip_rpm: Floats) -> Attitude:
    """The attitude along the track. ``slip_rpm`` [n, 3] is what friction takes from each wheel's speed."""
    step = float(track.time_s[1] - track.time_s[0])
    flight, normal, nadir = _orbit_axes(track)
    error = _libration(craft, track.time_s)
    momentum = np.cross(track.position_km, track.velocity_km_s)
    orbit_rate = norm(momentum) / track.radius_km**2
    rate = np.gradient(error, step, axis=0)
    rate[:, 0] -= orbit_rate * error[:, 2]
    rate[:, 1] -= orbit_rate
    rate[:, 2] += orbit_rate * error[:, 0]
    field = _to_body(_dipole(track), flight, normal, nadir, error)
    slip = slip_rpm / _RPM
    shaken = np.gradient(slip, step, axis=0) * (_WHEEL_INERTIA * _CONTROL_LAG_S) / _BODY_INERTIA
    return Attitude(
        sun=_to_body(track.sun, flight, normal, nadir, error),
        rate_deg_s=np.degrees(rate + shaken) + np.array(craft.gyro_bias),
        field_ut=field,
        wheel_rpm=_wheels(craft, track, field, rate + np.array([0.0, 1.0, 0.0]) * orbit_rate[:, None]) - slip_rpm,
    )


def _orbit_axes(track: Track) -> tuple[Floats, Floats, Floats]:
    nadir = -track.position_km / track.radius_km[:, None]
    momentum = np.cross(track.position_km, track.velocity_km_s)
    normal = -momentum / norm(momentum)[:, None]
    return np.cross(normal, nadir), normal, nadir


def _to_body(vectors: Floats, flight: Floats, normal: Floats, nadir: Floats, error: Floats) -> Floats:
    local = np.stack([np.einsum("ij,ij->i", vectors, axis) for axis in (flight, normal, nadir)], axis=1)
    return local - np.cross(error, local)


def _libration(craft: Spacecraft, time_s: Floats) -> Floats:
    """Pointing error in radians [n, 3]: a slow limit cycle of each axis whose size and phase wander."""
    axes = []
    for axis in range(3):
        seed = counter_rng.key(craft.key, "libration", axis)
        size = 1.0 + 0.2 * counter_rng.smooth_noise(seed, time_s, 7200.0)
        phase = 2.0 * math.pi * np.mod(time_s, craft.libration_s[axis]) / craft.libration_s[axis]
        phase = phase + 0.6 * counter_rng.smooth_noise(seed + 1, time_s, 10_800.0)
        axes.append(math.radians(craft.libration_deg[axis]) * size * np.sin(phase))
    return np.stack(axes, axis=1)


def _dipole(track: Track) -> Floats:
    """The Earth's tilted dipole field along the track, µT, in the inertial frame."""
    pole = np.array(
        [
            math.cos(_POLE_LATITUDE) * math.cos(_POLE_LONGITUDE),
            math.cos(_POLE_LATITUDE) * math.sin(_POLE_LONGITUDE),
            math.sin(_POLE_LATITUDE),
        ]
    )
    axis = turn(np.broadcast_to(pole, track.position_km.shape), track.sidereal)
    radius = track.radius_km[:, None]
    up = track.position_km / radius
    along = np.einsum("ij,ij->i", axis, up)[:, None]
    return np.asarray(DIPOLE_UT * (EARTH_RADIUS_KM / radius) ** 3 * (axis - 3.0 * along * up), dtype=np.float64)


def _wheels(craft: Spacecraft, track: Track, field_ut: Floats, rate: Floats) -> Floats:
    """Wheel speeds: momentum gathered from disturbance torques, unloaded by the magnetic torquers."""
    step = float(track.time_s[1] - track.time_s[0])
    weather = counter_rng.smooth_noise(counter_rng.key(craft.key, "air"), track.time_s, 5400.0)
    density = 1.0 + 0.3 * track.subsolar_cosine + 0.08 * weather
    torque = _AERO_TORQUE * density[:, None] + np.cross(np.array(craft.residual_dipole), field_ut * 1e-6)
    keep = math.exp(-step / _UNLOADING_S)
    speeds = []
    for axis in range(3):
        gathered = recursion.decay(
            keep, torque[:, axis] * step, recursion.settled(torque[:, axis], step) * _UNLOADING_S
        )
        momentum = gathered - _BODY_INERTIA[axis] * rate[:, axis]
        speeds.append(craft.wheel_bias_rpm[axis] + momentum / _WHEEL_INERTIA * _RPM)
    return np.stack(speeds, axis=1)
