"""Nominal telemetry to train on, from VictoriaMetrics or from files, on each mission's grid of times."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis_worker.read import arrays
from analysis_worker.selector import judged_channels, series_selector
from detection.files import read
from passwatch.mission import Mission
from passwatch.takes import Samples, newest, take_of
from passwatch.victoria import VictoriaClient

Values = NDArray[np.float64]
Telemetry = dict[str, Values]
"""By ``mission|satellite|channel``: one value a cadence, nan where a sample is missing."""
MAX_GAPS = 0.9
"""A series of which more than this part is missing teaches nothing."""


def from_storage(
    victoria: VictoriaClient, mission: Mission, satellite: str | None, first_time: int, last_time: int
) -> Telemetry:
    """The judged channels of a mission, or of one of its satellites, from ``first_time`` to ``last_time`` (ms).

    Raises:
        passwatch.victoria.VictoriaUnavailable: it does not answer.
    """
    found: Telemetry = {}
    for subsystem in mission.subsystems:
        selector = series_selector(mission, satellite, judged_channels(mission, subsystem))
        takes: dict[str, dict[int, Samples]] = {}
        for series in victoria.export(selector, first_time, last_time):
            channel = mission.channel_of(series.metric["__name__"])
            if channel is not None and channel.role == "judged" and channel.subsystem == subsystem:
                key = f"{mission.id}|{series.metric.get('satellite_id', '')}|{channel.name}"
                takes.setdefault(key, {})[take_of(series.metric)] = arrays(series)
        found |= {key: on_grid(*newest(of_key), mission.cadence_ms) for key, of_key in takes.items()}
    return _worth(found)


def from_files(paths: Iterable[Path], mission: Mission) -> Telemetry:
    """The channels of telemetry files, as of satellites named as the files are.

    Raises:
        detection.files.FileError: a file cannot be used.
    """
    found: Telemetry = {}
    for path in paths:
        table = read(path)
        for name, values in table.channels.items():
            found[f"{mission.id}|{path.stem}|{name}"] = on_grid(table.timestamps, values, mission.cadence_ms)
    return _worth(found)


def on_grid(times: NDArray[np.int64], values: Values, cadence_ms: int) -> Values:
    """One value a cadence from the first sample on, the last one where there are several, nan where there is none."""
    if not len(times):
        return np.empty(0)
    index = np.rint((times - times[0]) / cadence_ms).astype(np.int64)
    grid = np.full(int(index.max()) + 1, np.nan)
    grid[index] = values
    return grid


def _worth(found: Telemetry) -> Telemetry:
    return {key: values for key, values in found.items() if len(values) and np.isnan(values).mean() <= MAX_GAPS}
