"""Statistics of a series, and of forecasts against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from operation_server.telemetry.decimate import Times, Values


@dataclass(frozen=True, slots=True)
class Summary:
    """Of the values: extremes (with their positions), mean, standard deviation and quantiles."""

    lowest: int
    highest: int
    mean: float
    std: float
    median: float
    p05: float
    p95: float


@dataclass(frozen=True, slots=True)
class Errors:
    """Forecast minus sample, where both are: count, mean absolute, root mean square, mean, greatest absolute."""

    count: int
    mae: float | None
    rmse: float | None
    bias: float | None
    max_error: float | None


def summarise(values: Values) -> Summary | None:
    """Statistics of finite values; None if there are none."""
    if len(values) == 0:
        return None
    p05, median, p95 = np.quantile(values, (0.05, 0.5, 0.95))
    return Summary(
        int(np.argmin(values)),
        int(np.argmax(values)),
        float(np.mean(values)),
        float(np.std(values)),
        float(median),
        float(p05),
        float(p95),
    )


def expected_samples(times: Times, cadence_ms: int) -> int:
    """How many samples the cadence would give from the first to the last of ``times``."""
    if len(times) == 0:
        return 0
    return max(len(times), int(times[-1] - times[0]) // cadence_ms + 1)


def forecast_errors(times: Times, values: Values, forecast_times: Times, forecasts: Values) -> Errors:
    """How far the forecasts were from the samples of exactly their times; NaN forecasts are left out."""
    _, at_sample, at_forecast = np.intersect1d(times, forecast_times, assume_unique=True, return_indices=True)
    error = forecasts[at_forecast] - values[at_sample]
    error = error[np.isfinite(error)]
    if len(error) == 0:
        return Errors(0, None, None, None, None)
    size = np.abs(error)
    return Errors(
        len(error),
        float(size.mean()),
        float(np.sqrt(np.mean(error**2))),
        float(error.mean()),
        float(size.max()),
    )
