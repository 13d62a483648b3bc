"""What a detector must beat: limits, a moving z-score, and a linear autoregression. Each returns flags [m] of the
test.
"""

from __future__ import annotations

import numpy as np

from detection.types import Flags, Floats

MARGIN = 0.05
Z = 6.0
Z_SPAN = 250
ORDER = 50
RIDGE = 1.0
SIGMAS = 6.0
SMOOTHING = 30


def limits(train: Floats, test: Floats) -> Flags:
    """Outside the range of train, widened by a twentieth."""
    low, high = train.min(), train.max()
    margin = MARGIN * (high - low)
    return np.asarray((test < low - margin) | (test > high + margin), dtype=np.bool_)


def moving_z(train: Floats, test: Floats) -> Flags:
    """Further than 6 standard deviations from the mean of the 250 samples before."""
    joined = np.concatenate((train[-Z_SPAN:], test))[:-1]
    if len(joined) < Z_SPAN:
        return np.zeros(len(test), dtype=np.bool_)
    past = np.lib.stride_tricks.sliding_window_view(joined, Z_SPAN)[-len(test) :]
    deviation = np.maximum(past.std(1), 1e-3 * max(float(train.std()), 1e-6))
    value = test[len(test) - len(past) :]
    return np.concatenate((np.zeros(len(test) - len(past), np.bool_), np.abs(value - past.mean(1)) > Z * deviation))


def autoregression(train: Floats, test: Floats) -> Flags:
    """Smoothed error of an autoregression of order 50 beyond the mean and 6 deviations of what it is on train."""
    joined = np.concatenate((train, test))
    if len(train) <= ORDER:
        return np.zeros(len(test), dtype=np.bool_)
    past = np.lib.stride_tricks.sliding_window_view(joined[:-1], ORDER)
    target = joined[ORDER:]
    fit = slice(0, max(len(train) - ORDER, 1))
    gram = past[fit].T @ past[fit] + RIDGE * np.eye(ORDER)
    error = np.abs(target - past @ np.linalg.solve(gram, past[fit].T @ target[fit]))
    smooth = _smoothed(error)
    nominal = smooth[fit]
    flags = smooth > nominal.mean() + SIGMAS * max(float(nominal.std()), 1e-4)
    return np.asarray(flags[-len(test) :], dtype=np.bool_)


def _smoothed(error: Floats) -> Floats:
    """Exponentially weighted mean."""
    weight = 2.0 / (SMOOTHING + 1.0)
    smooth = np.empty_like(error)
    state = float(error[0]) if len(error) else 0.0
    for i, value in enumerate(error.tolist()):
        state += weight * (value - state)
        smooth[i] = state
    return smooth


BASELINES = {"limits": limits, "moving_z": moving_z, "autoregression": autoregression}
