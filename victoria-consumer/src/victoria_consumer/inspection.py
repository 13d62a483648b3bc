"""The inspection of a message that was not plainly right: it finds exactly what is wrong with it, and where.

This is the definition of what the door admits. It need not be fast.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

import msgspec

from passwatch import headers as kafka_headers
from passwatch.contracts import SCHEMA_VERSION, BatchEnd, Marker, TelemetryChunk
from passwatch.topics import MAX_CHUNK_BYTES
from victoria_consumer.chunk import Admitted, BatchMarker, ColumnChunk
from victoria_consumer.fast_decode import pack_columns
from victoria_consumer.raw_message import RawMessage
from victoria_consumer.registry import Registry
from victoria_consumer.rejection import Reason, Rejected, Rejection
from victoria_consumer.source import Source
from victoria_consumer.time_limits import TimeBounds

MAX_INDEX = 2**31 - 1
"""The highest record index and count; those who keep them do so in 32 bits."""


class _ChunkEnvelope(TelemetryChunk, frozen=True, kw_only=True):
    """A telemetry chunk as the contract has it, its columns still unparsed so that each is judged alone."""

    channels: dict[str, msgspec.Raw]  # type: ignore[assignment]


_COLUMN = msgspec.json.Decoder(list[float | None])


def inspect(message: RawMessage, registry: Registry, bounds: TimeBounds) -> tuple[Admitted | None, Rejection | None]:
    """What is admitted of a message and what is rejected; both for a chunk of which only some channels are good."""
    try:
        payload = message.value() or b""
        kind = _kind(message, payload)
        if kind == BatchEnd.__name__:
            return _marker(payload, message, registry, bounds), None
        return _chunk(payload, message, registry, bounds)
    except Rejected as rejected:
        return None, rejected.rejection


def _kind(message: RawMessage, payload: bytes) -> str:
    """The type of a message whose size and headers are right."""
    if len(payload) > MAX_CHUNK_BYTES:
        raise Rejected(Reason.OVERSIZED, f"payload of {len(payload)} bytes; the most is {MAX_CHUNK_BYTES}")
    if not payload.strip():
        raise Rejected(Reason.EMPTY, "no payload")
    headers = kafka_headers.read(message.headers())
    kind = headers.get(kafka_headers.TYPE)
    if not kind:
        raise Rejected(Reason.MISSING_TYPE, f"no header {kafka_headers.TYPE}")
    if kind not in (TelemetryChunk.__name__, BatchEnd.__name__):
        raise Rejected(Reason.UNKNOWN_TYPE, f"header {kafka_headers.TYPE} is {kind!r}")
    schema = headers.get(kafka_headers.SCHEMA)
    if schema != str(SCHEMA_VERSION):
        detail = "is missing" if schema is None else f"is {schema!r}"
        raise Rejected(Reason.WRONG_SCHEMA, f"header {kafka_headers.SCHEMA} {detail}; here it is {SCHEMA_VERSION}")
    return kind


def _marker(payload: bytes, message: RawMessage, registry: Registry, bounds: TimeBounds) -> BatchMarker:
    end = _decode(payload, BatchEnd)
    source = _source(end, message, registry)
    if end.records > MAX_INDEX:
        raise Rejected(Reason.INVALID_FIELD, f"{end.records} records; the most is {MAX_INDEX}")
    if end.first_time > end.last_time:
        raise Rejected(Reason.UNORDERED_TIMESTAMPS, f"first_time {end.first_time} after last_time {end.last_time}")
    _check_times(end.first_time, end.last_time, bounds)
    marker = Marker(
        records=end.records,
        first_time=end.first_time,
        last_time=end.last_time,
        broker_time=max(0, message.timestamp()[1]),
    )
    return BatchMarker(source, end.batch_id, marker)


def _chunk(
    payload: bytes, message: RawMessage, registry: Registry, bounds: TimeBounds
) -> tuple[ColumnChunk, Rejection | None]:
    chunk = _decode(payload, _ChunkEnvelope)
    source = _source(chunk, message, registry)
    times = chunk.timestamps
    if chunk.first_index + len(times) > MAX_INDEX:
        raise Rejected(Reason.INVALID_FIELD, f"first_index {chunk.first_index}; the most is {MAX_INDEX}")
    for position, (earlier, later) in enumerate(pairwise(times), start=1):
        if earlier >= later:
            raise Rejected(
                Reason.UNORDERED_TIMESTAMPS, f"timestamps[{position}] is {later}, not after {earlier} before it"
            )
    _check_times(times[0], times[-1], bounds)
    if not chunk.channels:
        raise Rejected(Reason.EMPTY, "no channels")
    good, bad = _columns(chunk, source)
    rejection = _rejection(bad)
    if rejection is not None and not good:
        raise Rejected(rejection.reason, rejection.detail)
    layout = source.layout(tuple(good))
    if layout is None:
        raise LookupError(f"no layout for {list(good)}, which are channels of the mission")
    packed = pack_columns(list(good.values()))
    return ColumnChunk(source, layout, chunk.batch_id, chunk.first_index, times, packed, None), rejection


_Body = TypeVar("_Body", BatchEnd, _ChunkEnvelope)


def _decode(payload: bytes, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.ValidationError as error:
        raise Rejected(Reason.INVALID_FIELD, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(Reason.MALFORMED_JSON, str(error)) from error


def _source(body: BatchEnd | TelemetryChunk, message: RawMessage, registry: Registry) -> Source:
    mission = registry.missions.get(body.mission)
    if mission is None:
        raise Rejected(Reason.UNKNOWN_MISSION, f"mission {body.mission!r}; known are {', '.join(registry.missions)}")
    if not mission.has_satellite(body.satellite_id):
        raise Rejected(
            Reason.UNKNOWN_SATELLITE, f"satellite_id {body.satellite_id!r} is none of mission {body.mission!r}"
        )
    key = message.key()
    if not key:
        raise Rejected(Reason.MISSING_KEY, f"no key; it must be the satellite_id {body.satellite_id!r}")
    if key != body.satellite_id.encode():
        shown = key[:64].decode(errors="replace")
        raise Rejected(Reason.WRONG_KEY, f"key {shown!r} is not the satellite_id {body.satellite_id!r}")
    return registry.of_satellite(mission, body.satellite_id)


def _check_times(first: int, last: int, bounds: TimeBounds) -> None:
    if first < bounds.oldest:
        raise Rejected(Reason.TIME_OUT_OF_RANGE, f"event time {first} is older than {bounds.oldest}")
    if last > bounds.newest:
        raise Rejected(Reason.TIME_OUT_OF_RANGE, f"event time {last} is later than {bounds.newest}")


def _columns(
    chunk: _ChunkEnvelope, source: Source
) -> tuple[dict[str, list[float | None]], dict[str, tuple[Reason, str]]]:
    """The good columns, and what is wrong with the others, by channel."""
    good: dict[str, list[float | None]] = {}
    bad: dict[str, tuple[Reason, str]] = {}
    records = len(chunk.timestamps)
    for name, raw in chunk.channels.items():
        if source.mission.channel(name) is None:
            bad[name] = Reason.UNKNOWN_CHANNEL, f"not a channel of mission {chunk.mission!r}"
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


def _rejection(bad: dict[str, tuple[Reason, str]]) -> Rejection | None:
    """One rejection for all bad channels of a chunk; its reason is the first one's."""
    if not bad:
        return None
    detail = "; ".join(f"channel {name!r}: {what}" for name, (_, what) in bad.items())
    return Rejection(next(iter(bad.values()))[0], detail, tuple(bad))
