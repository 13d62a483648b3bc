"""The inspection of a message that was not plainly right: it finds exactly what is wrong with it, and where.

This is the definition of what is admitted. It need not be fast.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec

from passwatch.contracts import (
    MAX_BATCH_RECORDS,
    MAX_BATCH_SAMPLES,
    MAX_RECORDS,
    BatchEnd,
    Marker,
    Message,
    TelemetryChunk,
)
from passwatch.streaming.faults import UNREADABLE, Reject, rejection_of
from passwatch.streaming.messages import EMPTY, INVALID_FIELD, RawMessage, decode, kind_of, read_headers
from passwatch.topics import MAX_CHUNK_BYTES
from victoria_consumer.domain.chunk import Admitted, BatchMarker, ColumnChunk
from victoria_consumer.domain.fast_decode import pack_columns
from victoria_consumer.domain.reasons import Reason
from victoria_consumer.domain.registry import Registry
from victoria_consumer.domain.source import Source
from victoria_consumer.domain.time_limits import TimeBounds


class _ChunkEnvelope(TelemetryChunk, frozen=True, kw_only=True):
    """A telemetry chunk as the contract has it, its columns still unparsed so that each is judged alone."""

    channels: dict[str, msgspec.Raw]  # type: ignore[assignment]


_COLUMN = msgspec.json.Decoder(list[float | None])


def inspect(message: RawMessage, registry: Registry, bounds: TimeBounds) -> tuple[Admitted | None, Reject | None]:
    """What is admitted of a message and what is rejected; both for a chunk of which only some channels are good."""
    try:
        if _kind(message) is BatchEnd:
            return _marker(message, registry, bounds), None
        return _chunk(message, registry, bounds)
    except Exception as error:
        return None, rejection_of(error, UNREADABLE)


def _kind(message: RawMessage) -> type[Message]:
    """The type of a message whose size and headers are right."""
    payload = message.value() or b""
    if len(payload) > MAX_CHUNK_BYTES:
        raise Reject(Reason.OVERSIZED, f"payload of {len(payload)} bytes; the most is {MAX_CHUNK_BYTES}")
    if not payload.strip():
        raise Reject(EMPTY, "no payload")
    return kind_of(read_headers(message), TelemetryChunk, BatchEnd)


def _marker(message: RawMessage, registry: Registry, bounds: TimeBounds) -> BatchMarker:
    end = decode(message, BatchEnd)
    source = _source(end, message, registry)
    if end.first_time > end.last_time:
        raise Reject(Reason.UNORDERED_TIMESTAMPS, f"first_time {end.first_time} after last_time {end.last_time}")
    _check_times(end.first_time, end.last_time, bounds)
    _check_size(end.records, source.mission.most_records(), source)
    marker = Marker(
        records=end.records,
        first_time=end.first_time,
        last_time=end.last_time,
        broker_time=max(0, message.timestamp()[1]),
    )
    return BatchMarker(source, end.batch_id, marker)


def _chunk(message: RawMessage, registry: Registry, bounds: TimeBounds) -> tuple[ColumnChunk, Reject | None]:
    chunk = decode(message, _ChunkEnvelope)
    source = _source(chunk, message, registry)
    times = chunk.timestamps
    if chunk.first_index + len(times) > MAX_RECORDS:
        raise Reject(INVALID_FIELD, f"first_index {chunk.first_index}; the most is {MAX_RECORDS}")
    for position, (earlier, later) in enumerate(pairwise(times), start=1):
        if earlier >= later:
            raise Reject(
                Reason.UNORDERED_TIMESTAMPS, f"timestamps[{position}] is {later}, not after {earlier} before it"
            )
    _check_times(times[0], times[-1], bounds)
    if not chunk.channels:
        raise Reject(EMPTY, "no channels")
    good, bad = _columns(chunk, source)
    rejection = _rejection(bad)
    if rejection is not None and not good:
        raise Reject(rejection.reason, rejection.detail)
    layout = source.layout(tuple(good))
    if layout is None:
        raise LookupError(f"no layout for {list(good)}, which are channels of the mission")
    _check_size(chunk.first_index + len(times), layout.most_records, source)
    packed = pack_columns(list(good.values()))
    return ColumnChunk(source, layout, chunk.batch_id, chunk.first_index, times, packed, None), rejection


def _source(body: BatchEnd | TelemetryChunk, message: RawMessage, registry: Registry) -> Source:
    mission = registry.missions.get(body.mission)
    if mission is None:
        raise Reject(Reason.UNKNOWN_MISSION, f"mission {body.mission!r}; known are {', '.join(registry.missions)}")
    if not mission.has_satellite(body.satellite_id):
        raise Reject(
            Reason.UNKNOWN_SATELLITE, f"satellite_id {body.satellite_id!r} is none of mission {body.mission!r}"
        )
    key = message.key()
    if not key:
        raise Reject(Reason.MISSING_KEY, f"no key; it must be the satellite_id {body.satellite_id!r}")
    if key != body.satellite_id.encode():
        shown = key[:64].decode(errors="replace")
        raise Reject(Reason.WRONG_KEY, f"key {shown!r} is not the satellite_id {body.satellite_id!r}")
    return registry.of_satellite(mission, body.satellite_id, body.stream)


def _check_times(first: int, last: int, bounds: TimeBounds) -> None:
    if first < bounds.oldest:
        raise Reject(Reason.TIME_OUT_OF_RANGE, f"event time {first} is older than {bounds.oldest}")
    if last > bounds.newest:
        raise Reject(Reason.TIME_OUT_OF_RANGE, f"event time {last} is later than {bounds.newest}")


def _check_size(records: int, most: int, source: Source) -> None:
    if records > most:
        raise Reject(
            Reason.BATCH_TOO_LARGE,
            f"a batch of at least {records:,} records; mission {source.mission.id!r} may have {most:,} in one batch "
            f"({MAX_BATCH_SAMPLES:,} samples of a subsystem, {MAX_BATCH_RECORDS:,} records)",
        )


def _columns(
    chunk: _ChunkEnvelope, source: Source
) -> tuple[dict[str, list[float | None]], dict[str, tuple[Reason, str]]]:
    """The good columns, and what is wrong with the others, by channel."""
    good: dict[str, list[float | None]] = {}
    bad: dict[str, tuple[Reason, str]] = {}
    records = len(chunk.timestamps)
    for name, raw in chunk.channels.items():
        if source.mission.channel(name) is None:
            bad[name] = Reason.UNKNOWN_CHANNEL, source.mission.channel_fault(name)
            continue
        try:
            column = _COLUMN.decode(raw)
        except msgspec.DecodeError as error:
            bad[name] = Reason.NOT_A_NUMBER, str(error)
            continue
        if len(column) != records:
            bad[name] = Reason.COLUMN_LENGTH, f"{len(column)} values for {records} timestamps"
            continue
        good[name] = column
    return good, bad


def _rejection(bad: dict[str, tuple[Reason, str]]) -> Reject | None:
    """One rejection for all bad channels of a chunk; its reason is the first one's."""
    if not bad:
        return None
    detail = "; ".join(f"channel {name!r}: {what}" for name, (_, what) in bad.items())
    return Reject(next(iter(bad.values()))[0], detail, {name: reason for name, (reason, _) in bad.items()})
