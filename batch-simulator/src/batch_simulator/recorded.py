"""Recorded telemetry as batches: one satellite a channel, since the records are not aligned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from batch_simulator.batch import Batch
from batch_simulator.errors import UsageError
from batch_simulator.labels import Label
from batch_simulator.recordings import Recording
from passwatch.contracts import Stream
from passwatch.mission import Mission

SATELLITE_PREFIX = "NASA-"
COMMAND_PREFIX = "cmd_"


def satellite_of(channel: str, mission: Mission) -> str:
    """The satellite that a recorded channel becomes.

    Raises:
        UsageError: the mission takes no such channel or satellite.
    """
    satellite = SATELLITE_PREFIX + channel
    if mission.channel(channel) is None or not mission.has_satellite(satellite):
        forms = ", ".join(p.pattern for p in mission.content.channel_patterns if p.role == "judged")
        raise UsageError(f"channel {channel!r}: mission {mission.id} takes recorded channels named like {forms}")
    return satellite


def batches(
    recording: Recording,
    mission: Mission,
    start_ms: int,
    batch_records: int,
    *,
    commands: bool,
    stream: Stream = "realtime",
) -> Iterator[tuple[Batch, list[Label]]]:
    """The recording from ``start_ms`` at the mission's cadence, in batches of ``batch_records``, the last one shorter.

    Changing command columns travel beside the values as ``cmd_<n>`` if ``commands``. The labels are the experts'.
    """
    satellite = satellite_of(recording.channel, mission)
    channels = {recording.channel: recording.values}
    if commands:
        channels |= {f"{COMMAND_PREFIX}{n}": column for n, column in recording.commands.items()}
    times = start_ms + np.arange(recording.values.size, dtype=np.int64) * mission.cadence_ms
    for first in range(0, recording.values.size, batch_records):
        rows = slice(first, min(first + batch_records, recording.values.size))
        here = times[rows]
        batch = Batch(
            mission=mission.id,
            satellite_id=satellite,
            records=here.size,
            first_ms=int(here[0]),
            last_ms=int(here[-1]),
            indices=np.arange(here.size, dtype=np.int64),
            timestamps=here,
            channels={name: values[rows] for name, values in channels.items()},
            stream=stream,
        )
        yield batch, _labels(recording, batch, first, mission.cadence_ms)


def _labels(recording: Recording, batch: Batch, first: int, cadence_ms: int) -> list[Label]:
    unit = "scaled"
    spans = [(max(a - first, 0), min(b - first, batch.records - 1)) for a, b in recording.labels]
    return [
        Label(
            kind="recorded",
            target=recording.channel,
            start_ms=batch.first_ms + a * cadence_ms,
            end_ms=batch.first_ms + b * cadence_ms,
            size=0.0,
            unit=unit,
            channels=[],
        )
        for a, b in spans
        if a <= b
    ]
