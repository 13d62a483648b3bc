"""The validator: every message is either admitted or rejected with its reason; a bad channel is left out alone.

Two ways in. The fast one admits what is plainly right and gives no reasons. Whatever it does not admit is looked at by
:mod:`victoria_consumer.domain.inspection`, which defines what is right; the fast way only ever agrees with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from passwatch.contracts import SCHEMA_VERSION, TelemetryChunk
from passwatch.headers import SCHEMA, TYPE
from passwatch.mission import Mission
from passwatch.streaming.faults import Reject
from passwatch.streaming.messages import RawMessage, raw_headers
from passwatch.topics import MAX_CHUNK_BYTES
from victoria_consumer.domain.chunk import Admitted, ColumnChunk, RecordChunk
from victoria_consumer.domain.fast_decode import NotOnFastPath, decode_columns, decode_record
from victoria_consumer.domain.inspection import inspect
from victoria_consumer.domain.registry import Registry
from victoria_consumer.domain.time_limits import TimeBounds

_CHUNK = TelemetryChunk.__name__.encode()
_SCHEMA_VERSION = str(SCHEMA_VERSION).encode()
_SMALL = 4_096
"""Payloads below this size are first tried as a single record."""


class Validator:
    """Checks messages against the contracts and the missions."""

    def __init__(self, missions: Mapping[str, Mission]) -> None:
        self._registry = Registry(missions)

    def check(self, message: RawMessage, bounds: TimeBounds) -> tuple[Admitted | None, Reject | None]:
        """What is admitted of a message, what is rejected; both for a chunk of which only some channels are good."""
        try:
            headers = dict(raw_headers(message))
        except Reject as rejection:  # to be asked for once only, see passwatch.streaming.messages.Received
            return None, rejection
        try:
            payload = message.value()
            if (
                payload
                and len(payload) <= MAX_CHUNK_BYTES
                and headers.get(TYPE) == _CHUNK
                and headers.get(SCHEMA) == _SCHEMA_VERSION
            ):
                return self._fast(payload, message.key(), bounds), None
        except Exception:  # noqa: S110 - whatever it is, the inspection finds it again and names it
            pass
        return inspect(message, self._registry, bounds)

    def _fast(self, payload: bytes, key: bytes | None, bounds: TimeBounds) -> RecordChunk | ColumnChunk:
        if len(payload) < _SMALL:
            record = decode_record(payload)
            if record is not None:
                source = self._registry.source(key, record.mission, record.satellite_id, record.batch_id, record.stream)
                layout = source and source.layout(tuple(record.channels))
                time = record.timestamps[0]
                if not (source and layout and bounds.oldest <= time <= bounds.newest):
                    raise NotOnFastPath
                if not 0 <= record.first_index < layout.most_records:
                    raise NotOnFastPath
                return RecordChunk(source, layout, record.batch_id, record.first_index, time, record.values())
        columns = decode_columns(payload)
        source = self._registry.source(key, columns.mission, columns.satellite_id, columns.batch_id, columns.stream)
        layout = source and source.layout(tuple(columns.channels))
        times = columns.timestamps
        if not (source and layout and columns.rises() and bounds.oldest <= times[0] and times[-1] <= bounds.newest):
            raise NotOnFastPath
        if not 0 <= columns.first_index <= layout.most_records - len(times):
            raise NotOnFastPath
        packed, texts = columns.values()
        return ColumnChunk(source, layout, columns.batch_id, columns.first_index, times, packed, texts)
