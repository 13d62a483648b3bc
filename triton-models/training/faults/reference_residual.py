"""The reference residual: each channel's nominal residual under a fixed autoregression.

It is apart from the detector's own, so that a better detector does not make the faults smaller.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batch_simulator.generate import generate
from passwatch.mission import Mission

ORDER = 32
RIDGE = 1e-6
SATELLITES, DAYS = 12, 2
START_MS = 1_751_328_000_000
DAY_MS = 86_400_000
DESCRIPTION = (
    f"AR({ORDER}) about the mean of the window, ridge {RIDGE:g} of the mean power, fitted on {SATELLITES} nominal "
    f"satellites REFERENCE-00.. of {DAYS} days, 30 days apart from 2025-07-01, seeds from 9000; sigma is the 68.27 % "
    "quantile of its absolute residual, deviation its standard deviation"
)


def measure(mission: Mission) -> tuple[dict[str, float], dict[str, float]]:
    """Sigma and standard deviation of each channel's residual, in its unit."""
    count = round(DAYS * DAY_MS / mission.cadence_ms)
    flown = [
        generate(mission, f"REFERENCE-{i:02d}", START_MS + 30 * i * DAY_MS, count, mission.content.cadence_s, 9000 + i)
        for i in range(SATELLITES)
    ]
    sigma, deviation = {}, {}
    for channel in mission.channels:
        residual = _residual([telemetry.channels[channel.name] for telemetry in flown])
        sigma[channel.name] = float(f"{np.quantile(np.abs(residual), 0.6827):.5g}")
        deviation[channel.name] = float(f"{residual.std():.5g}")
    return sigma, deviation


def _residual(records: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    cut = np.concatenate([np.lib.stride_tricks.sliding_window_view(values, ORDER + 1) for values in records])
    cut = cut - cut[:, :-1].mean(1, keepdims=True)
    past, target = cut[:, :-1], cut[:, -1]
    gram = past.T @ past
    ridge = RIDGE * np.trace(gram) / ORDER * np.eye(ORDER)
    return np.asarray(target - past @ np.linalg.solve(gram + ridge, past.T @ target), dtype=np.float64)
