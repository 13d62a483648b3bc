"""A small calibrated mission of smooth, noisy channels, and forecasters that need no weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from detection.api import Calibration, ChannelInput, Detector
from detection.fit import Nominal, fit_calibration
from detection.series import Series, gapless

CADENCE_MS = 30_000
START_MS = 1_767_225_600_000


class LastValue:
    """A forecaster that keeps the window's last value."""

    model = "last_value"
    version = "1"

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.repeat(windows[:, -1:], 10, axis=1)


def wave(count: int, seed: int, phase: float = 0.0) -> NDArray[np.float64]:
    """A channel with an orbit's swing, white noise and steps of 0.01."""
    angle = 2 * np.pi * (np.arange(count) / 185.0 + phase)
    noise = np.random.default_rng(seed).standard_normal(count)
    return np.round(20.0 + 5.0 * np.sin(angle) + 0.05 * noise, 2)


@pytest.fixture(scope="session")
def calibration() -> Calibration:
    """Fitted on ten days of two sibling channels."""
    times = START_MS + np.arange(28_800, dtype=np.int64) * CADENCE_MS
    run = gapless(times, CADENCE_MS)
    group = {
        name: Nominal([Series(times, wave(28_800, seed, phase), run, 0)], 0.01)
        for name, seed, phase in (("temp_a", 1, 0.0), ("temp_b", 2, 0.3))
    }
    return fit_calibration("test", CADENCE_MS, "waves", [{"thermal": group}], [LastValue()])


@pytest.fixture(scope="session")
def detector(calibration: Calibration) -> Detector:
    """Judges by that calibration."""
    return Detector(calibration, [LastValue()])


@pytest.fixture(scope="session")
def telemetry() -> Callable[..., ChannelInput]:
    """Makes a channel's input of values; missing ones are nan."""

    def make(
        values: NDArray[np.float64],
        *,
        name: str = "temp_a",
        history: int = 0,
        first: int = 0,
        expected: int | None = None,
    ) -> ChannelInput:
        times = START_MS + (first + np.arange(len(values), dtype=np.int64)) * CADENCE_MS
        count = len(values) - history if expected is None else expected
        return ChannelInput(name, "°C", times, values, history, count, resolution=0.01)

    return make
