"""From a message of the progress topic to what it says. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from passwatch import headers, ids
from passwatch.contracts import HASH_BYTES, BatchProgress, PartitionHeartbeat
from passwatch.streaming.faults import Reject
from passwatch.streaming.messages import INVALID_FIELD, RawMessage, decode, kind_of, read_headers


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


def read(message: RawMessage) -> Arrival | Heartbeat:
    """What a message says.

    Raises:
        Reject: its type or schema is unknown, or its content breaks the contract.
    """
    given = read_headers(message)
    if kind_of(given, BatchProgress, PartitionHeartbeat) is PartitionHeartbeat:
        beat = decode(message, PartitionHeartbeat)
        return Heartbeat(beat.partition, beat.broker_time)
    progress = decode(message, BatchProgress)
    if not progress.ranges and progress.marker is None:
        raise Reject(INVALID_FIELD, "neither records nor a marker")
    try:
        hashes = [base64.b64decode(r.hashes, validate=True) for r in progress.ranges]
    except binascii.Error as error:
        raise Reject(INVALID_FIELD, f"hashes: {error}") from error
    if any(len(raw) != r.count * HASH_BYTES for r, raw in zip(progress.ranges, hashes, strict=True)):
        raise Reject(INVALID_FIELD, "hashes: not one for each record")
    uid = ids.batch_uid(progress.mission, progress.satellite_id, progress.batch_id, progress.stream)
    return Arrival(uid, message.partition(), progress, hashes, headers.traceparent(given))
