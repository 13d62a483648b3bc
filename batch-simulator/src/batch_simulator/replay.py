"""``replay``: recorded telemetry through the same pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from batch_simulator import recorded, schedule, times
from batch_simulator.batch import Batch
from batch_simulator.errors import UsageError
from batch_simulator.labels import Label
from batch_simulator.recordings import Folder, Recording, Split
from batch_simulator.session import Delivery, Session, now_ms, write_labels
from passwatch.contracts import Stream
from passwatch.mission import Mission

USUAL_START_MS = 180 * times.DAY_MS
"""A recording replayed for the first time starts this long ago, so that it can be replayed again after itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """What ``replay`` was asked for; None is the usual."""

    data: Path
    mission: str
    channels: str | None
    split: Split
    batch_records: int | None
    commands: bool
    start_ms: int | None
    labels_out: Path | None
    stream: Stream


def replay(session: Session, request: Request, delivery: Delivery) -> bool:
    """Read, send, wait and report; whether nothing is missing.

    Raises:
        CommandError: it cannot be done; nothing was sent unless Kafka was lost on the way.
    """
    session.check_wait(delivery)
    mission = session.mission(request.mission)
    if not mission.content.channel_patterns:
        raise UsageError(f"--mission {mission.id} is for simulated satellites: it takes no recorded channels")
    folder = Folder(request.data)
    channels = folder.choose(request.channels)
    for channel in channels:
        recorded.satellite_of(channel, mission)
    recordings = [folder.read(channel, request.split) for channel in channels]
    starts = _starts(session, request, mission, recordings)
    size = request.batch_records or mission.content.batch_records

    def batches() -> Iterator[tuple[Batch, list[Label]]]:
        for recording in recordings:
            start = starts[recording.channel]
            yield from recorded.batches(
                recording, mission, start, size, commands=request.commands, stream=request.stream
            )

    count = sum(-(-recording.values.size // size) for recording in recordings)
    done = session.deliver(batches(), count, delivery)
    if request.labels_out is not None:
        write_labels(request.labels_out, mission.id, done, cadence_s=mission.content.cadence_s)
    return session.finish(done, delivery)


def _starts(session: Session, request: Request, mission: Mission, recordings: Sequence[Recording]) -> dict[str, int]:
    """When each channel's record starts: such that it ends before now and fits into what is kept."""
    now = now_ms()
    satellites = {r.channel: recorded.satellite_of(r.channel, mission) for r in recordings}
    spans = {r.channel: (r.values.size - 1) * mission.cadence_ms for r in recordings}
    for channel, span in spans.items():
        if span > schedule.KEPT_MS:
            raise UsageError(
                f"{request.data}: {channel} lasts {times.duration(span)}, "
                f"longer than the {times.duration(schedule.KEPT_MS)} that can be kept"
            )
    if request.start_ms is not None:
        starts = dict.fromkeys(satellites, request.start_ms)
    else:
        newest = session.newest_samples(mission.id, list(satellites.values()))
        starts = {
            channel: schedule.start_after(
                newest.get(satellite), now, mission.cadence_ms, spans[channel], USUAL_START_MS
            )
            for channel, satellite in satellites.items()
        }
    for channel, start in starts.items():
        schedule.check_past(
            satellites[channel], start, spans[channel], now, remedy="Name an earlier --start, or other --channels."
        )
    return starts
