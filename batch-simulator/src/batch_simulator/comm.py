"""Passes over the ground stations: link budget, transmitter, data on board, time since the last contact."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from batch_simulator.counter_rng import Floats
from batch_simulator.orbit import Track, norm
from batch_simulator.spacecraft import EARTH_RADIUS_KM, Spacecraft

STATIONS: dict[str, tuple[float, float]] = {
    "Weilheim": (47.88, 11.08),
    "Hartebeesthoek": (-25.89, 27.69),
    "Dongara": (-29.05, 115.35),
    "South Point": (19.01, -155.66),
    "Santiago": (-33.15, -70.67),
}
"""Latitude and longitude in degrees."""

NOISE_FLOOR_DBM = -118.0
LOCK_DBM = -105.0
"""Below this level the ground station does not hold the link."""
_BEST_DBM = -84.0
_BEST_RANGE_KM = 420.0
_DOWNLINK_MB_S = 7.5
_SCIENCE_MB_S = 0.34
_HOUSEKEEPING_MB_S = 0.012


@dataclass(frozen=True, slots=True)
class Link:
    """The radio link on the time grid."""

    elevation_deg: Floats
    """Of the satellite over its best station."""
    rssi_dbm: Floats
    transmitter: Floats
    """The transmitter's duty, 0 to 1."""
    contact: NDArrayBool
    last_contact_s: Floats
    """The absolute time of the last contact."""


NDArrayBool = np.ndarray[tuple[int], np.dtype[np.bool_]]


def smoothstep(x: Floats, low: float, high: float) -> Floats:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def communicate(craft: Spacecraft, track: Track, fade_db: Floats) -> Link:
    """The link along the track; ``fade_db`` is what a failing transmitter loses."""
    elevation, distance = _best_station(track)
    sight = smoothstep(elevation, -3.0, 9.0)
    level = (
        _BEST_DBM
        + craft.link_db
        - 20.0 * np.log10(distance / _BEST_RANGE_KM)
        - 6.0 * (1.0 - np.sin(np.radians(np.clip(elevation, 0.0, 90.0))))
        - 30.0 * (1.0 - sight)
        - fade_db
    )
    received = np.where(sight > 0.0, 10.0 ** (level / 10.0), 0.0) + 10.0 ** (NOISE_FLOOR_DBM / 10.0)
    rssi = 10.0 * np.log10(received)
    contact = rssi > LOCK_DBM
    last = np.maximum.accumulate(np.where(contact, track.time_s, -np.inf))
    last = np.where(np.isfinite(last), last, track.time_s[0])
    return Link(elevation, rssi, smoothstep(elevation, 2.0, 12.0), contact, last)


def backlog(track: Track, link: Link, payload: Floats) -> Floats:
    """Data on board in MB: the payload's (duty 0 to 1) and housekeeping's, less what the link takes down."""
    step = float(track.time_s[1] - track.time_s[0])
    rate = smoothstep(link.rssi_dbm, LOCK_DBM, LOCK_DBM + 14.0) * _DOWNLINK_MB_S
    change = (_SCIENCE_MB_S * payload + _HOUSEKEEPING_MB_S - rate) * step
    free = np.cumsum(change)
    return free - np.minimum(0.0, np.minimum.accumulate(free))


def _best_station(track: Track) -> tuple[Floats, Floats]:
    """Elevation in degrees over, and distance in km to, the station that sees the satellite highest."""
    position = track.earth_fixed
    best = np.full(len(position), -math.inf)
    distance = np.full(len(position), math.inf)
    for latitude, longitude in STATIONS.values():
        phi, lam = math.radians(latitude), math.radians(longitude)
        up = np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])
        line = position - EARTH_RADIUS_KM * up
        length = norm(line)
        sine = line @ up / length
        better = sine > best
        best[better], distance[better] = sine[better], length[better]
    return np.degrees(np.arcsin(best)), distance
