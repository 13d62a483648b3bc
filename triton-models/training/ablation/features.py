"""What a linear readout may see of a channel's past, and the readout: fitted on nominal telemetry, then frozen."""

from __future__ import annotations

import numpy as np

from detection.types import Floats

STRIDES = (1, 5, 10)
TAPS = 20
"""Samples of a raw window at each stride: together they reach 191 samples back."""
REACH = 256
"""Samples that a random feature sees."""
DECAYS = (4.0, 16.0, 64.0, 256.0)
CLIP = 8.0
"""Values further from the level, in nominal spreads, are read as this."""
RIDGE = 0.01
"""Of the readout, per sample and standardised feature."""
_STANDARDISED_CLIP = 20.0


def raw_windows(values: Floats) -> Floats:
    """The last 20 samples at strides 1, 5 and 10 of each sample of ``values`` [n]: [n, 60]."""
    return np.concatenate([_windows(values, stride, TAPS) for stride in STRIDES], axis=1)


def random_features(values: Floats, seed: int, count: int = 64) -> Floats:
    """``count`` random nonlinear features of the last 256 samples, and four of level and change: [n, count + 4].

    Each is the hyperbolic tangent of a random projection that forgets with a random time constant.
    """
    rng = np.random.default_rng(seed)
    ages = np.arange(REACH - 1, -1, -1)[:, None]
    weights = rng.standard_normal((REACH, count)) * np.exp(-ages / rng.choice(DECAYS, count))
    weights *= rng.uniform(0.1, 1.0, count) / np.linalg.norm(weights, axis=0)
    seen = np.tanh(_windows(values, 1, REACH) @ weights + rng.uniform(-1.0, 1.0, count))
    before = np.concatenate((values[:1], values[:-1]))
    return np.concatenate((seen, np.stack((values, before, _mean(values, 8), _mean(values, 64)), axis=1)), axis=1)


def readout_error(features: Floats, values: Floats, nominal: int, ahead: int) -> Floats:
    """|error| [n] of a ridge regression of the value ``ahead`` samples later, fitted on the first ``nominal`` samples.

    The first ``ahead`` samples have the error of the first forecast.
    """
    seen, wanted = features[:-ahead], np.clip(values, -CLIP, CLIP)[ahead:]
    fit = slice(0, max(nominal - ahead, 2))
    scaled = (seen - seen[fit].mean(0)) / (seen[fit].std(0) + 1e-3)
    scaled = np.clip(scaled, -_STANDARDISED_CLIP, _STANDARDISED_CLIP)
    mean = float(wanted[fit].mean())
    gram = scaled[fit].T @ scaled[fit]
    gram[np.diag_indices_from(gram)] += RIDGE * len(scaled[fit]) + 1e-6
    weights = np.linalg.solve(gram, scaled[fit].T @ (wanted[fit] - mean))
    return delayed(np.abs(values[ahead:] - mean - scaled @ weights), ahead)


def delayed(error: Floats, ahead: int) -> Floats:
    """Errors [n - ahead] of forecasts, at the samples that they were made for: [n]."""
    return np.concatenate((np.full(ahead, error[0]), error))


def windows_of(values: Floats, taps: int) -> Floats:
    """The last ``taps`` samples of each sample: [n, taps]; what precedes the first is taken as the first."""
    return _windows(values, 1, taps)


def _windows(values: Floats, stride: int, taps: int) -> Floats:
    span = (taps - 1) * stride
    padded = np.concatenate((np.full(span, values[0]), values))
    return np.lib.stride_tricks.sliding_window_view(padded, span + 1)[:, ::stride]


def _mean(values: Floats, span: int) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(values)))
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - span, 0)
    return np.asarray((total[end] - total[begin]) / (end - begin), dtype=np.float64)
