"""From a message of the progress topic to what it says. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

import msgspec

from batch_inference_trigger.hashes import HASH_BYTES
from passwatch import headers, ids
from passwatch.contracts import SCHEMA_VERSION, BatchProgress, PartitionHeartbeat

MAX_INDEX = 2**53
"""Record indices and times at or past this are nonsense, and past what JSON numbers hold exactly."""

_PROGRESS = msgspec.json.Decoder(BatchProgress)
_HEARTBEAT = msgspec.json.Decoder(PartitionHeartbeat)


class Unreadable(ValueError):
    """A message that cannot be used; the message says why."""


class Arrival(NamedTuple):
    """Progress of one batch: which batch, the hashes of each of its ranges, and where and how it came."""

    batch_uid: str
    partition: int
    progress: BatchProgress
    hashes: list[bytes]
    traceparent: str | None


class Heartbeat(NamedTuple):
    """The clock of a telemetry partition."""

    partition: int
    broker_time: int


def decode(value: bytes | None, raw_headers: headers.RawHeaders | None, partition: int) -> Arrival | Heartbeat:
    """What a message says.

    Raises:
        Unreadable: its type or schema is unknown, or its content breaks the contract.
    """
    given = headers.read(raw_headers)
    kind, version = given.get(headers.TYPE), given.get(headers.SCHEMA)
    if version != str(SCHEMA_VERSION):
        raise Unreadable(f"schema version {version!r}")
    try:
        if kind == PartitionHeartbeat.__name__:
            beat = _HEARTBEAT.decode(value or b"")
            return Heartbeat(beat.partition, beat.broker_time)
        if kind == BatchProgress.__name__:
            return _arrival(_PROGRESS.decode(value or b""), partition, given.get("traceparent"))
    except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"{kind}: {error}") from error
    raise Unreadable(f"message type {kind!r}")


def _arrival(progress: BatchProgress, partition: int, traceparent: str | None) -> Arrival:
    hashes = [base64.b64decode(r.hashes, validate=True) for r in progress.ranges]
    for item, raw in zip(progress.ranges, hashes, strict=True):
        if item.count < 1 or len(raw) != item.count * HASH_BYTES:
            raise Unreadable(f"{len(raw)} bytes of hashes for {item.count} records")
        if item.first + item.count > MAX_INDEX or item.last_time > MAX_INDEX or item.first_time > item.last_time:
            raise Unreadable(f"records {item.first}+{item.count} from {item.first_time} to {item.last_time}")
    if not progress.ranges and progress.marker is None:
        raise Unreadable("neither records nor a marker")
    if progress.broker_time > MAX_INDEX or (progress.marker and progress.marker.records > MAX_INDEX):
        raise Unreadable("a number that is out of all bounds")
    return Arrival(ids.batch_uid(progress.satellite_id, progress.batch_id), partition, progress, hashes, traceparent)
