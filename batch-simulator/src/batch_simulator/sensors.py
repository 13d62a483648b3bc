"""Sensors: the noise and the digitisation of each channel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from batch_simulator import counter_rng
from batch_simulator.counter_rng import Floats, Integers
from passwatch.mission import Channel

NOISE: dict[str, float] = {
    "battery_voltage": 0.012,
    "battery_soc": 0.06,
    "battery_current": 0.015,
    "battery_temp": 0.06,
    **{f"solar_panel_{i}_voltage": 0.03 for i in (1, 2, 3)},
    **{f"solar_panel_{i}_current": 0.006 for i in (1, 2, 3)},
    "power_consumption": 0.25,
    "power_generation": 0.35,
    **{f"temp_{node}": 0.08 for node in ("battery", "obc", "comm", "payload")},
    "temp_solar_panel": 0.25,
    "temp_external": 0.12,
    **{f"gyro_{axis}": 0.0012 for axis in "xyz"},
    "sun_angle": 0.06,
    **{f"mag_{axis}": 0.08 for axis in "xyz"},
    **{f"wheel_{i}_rpm": 2.0 for i in (1, 2, 3)},
    "altitude": 0.008,
    "velocity": 0.00005,
    "rssi": 0.5,
    "data_backlog": 0.0,
    "last_contact": 0.0,
    "temperature": 0.12,
    "battery": 0.004,
    "solar_power": 0.25,
    "latitude": 0.003,
    "longitude": 0.003,
}
"""Standard deviation of a channel's white noise, in its unit."""


_UNSIGNED = (0.0, math.inf)
RANGES: dict[str, tuple[float, float]] = {
    "battery_soc": (0.0, 100.0),
    "sun_angle": (0.0, 180.0),
    **{f"solar_panel_{i}_{what}": _UNSIGNED for i in (1, 2, 3) for what in ("voltage", "current")},
    **dict.fromkeys(
        ("power_consumption", "power_generation", "solar_power", "data_backlog", "last_contact"), _UNSIGNED
    ),
}
"""What a channel's words can express, where that bounds its readings."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One channel's sensor: its noise, its step, and the key of its random numbers."""

    name: str
    noise: float
    resolution: float
    bounds: tuple[float, float]
    seed: int

    @property
    def sigma(self) -> float:
        """Standard deviation of a reading about the truth: noise and rounding."""
        return math.hypot(self.noise, self.resolution / math.sqrt(12.0))

    def error(self, timestamps: Integers) -> Floats:
        """The noise of the samples taken at these times (ms)."""
        if self.noise == 0.0:
            return np.zeros(timestamps.size)
        return self.noise * counter_rng.normal(self.seed, timestamps)

    def read(self, analogue: Floats) -> Floats:
        """The analogue values as the channel's digital steps.

        A step such as 0.1 has no exact binary form; the readings are the numbers nearest to its multiples.
        """
        readings = analogue
        if self.resolution > 0.0:
            steps = np.round(analogue / self.resolution)
            readings = np.round(steps * self.resolution, _decimals(self.resolution)) + 0.0
        return np.clip(readings, *self.bounds)


def sensor(channel: Channel, satellite_id: str, seed: int) -> Sensor:
    """The sensor of a mission's channel on a satellite; ``seed`` chooses its noise."""
    return Sensor(
        name=channel.name,
        noise=NOISE[channel.name],
        resolution=channel.resolution or 0.0,
        bounds=RANGES.get(channel.name, (-math.inf, math.inf)),
        seed=counter_rng.key("noise", seed, satellite_id, channel.name),
    )


def _decimals(resolution: float) -> int:
    text = f"{resolution:.12f}".rstrip("0")
    return len(text.partition(".")[2])
