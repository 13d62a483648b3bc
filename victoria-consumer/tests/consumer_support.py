"""What the consumer's tests send, and messages as Kafka would hand them over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from passwatch.contracts import BatchEnd, Message, TelemetryChunk
from passwatch.headers import make
from passwatch.mission import load_missions
from tests.support.kafka_message import KafkaMessage, RawHeaders
from victoria_consumer.domain.takes import TakeBook
from victoria_consumer.domain.time_limits import TimeBounds

MISSIONS = load_missions(Path(__file__).resolve().parents[2] / "missions")
CADENCE_MS = 30_000
START = 1_700_000_000_000
BOUNDS = TimeBounds(START - 10**9, START + 10**12)
SATELLITE = "SAT-001"


def headers_of(kind: type[Message]) -> RawHeaders:
    """The headers of a message of this type."""
    return [*make(kind, trace=False)]


CHUNK_HEADERS = headers_of(TelemetryChunk)


def fields(first: int = 0, records: int = 2, **changes: Any) -> dict[str, Any]:
    """A telemetry chunk as plain data; ``changes`` replace fields."""
    return {
        "mission": "default",
        "satellite_id": SATELLITE,
        "batch_id": "b1",
        "first_index": first,
        "timestamps": [START + (first + i) * CADENCE_MS for i in range(records)],
        "channels": {
            "altitude": [420.0 + first + i for i in range(records)],
            "battery_voltage": [28.5] * records,
        },
    } | changes


def message(body: object, kind: type[Message] = TelemetryChunk, **changes: Any) -> KafkaMessage:
    """A message with this payload (plain data or bytes) and the headers of this type."""
    payload = body if isinstance(body, bytes) else msgspec.json.encode(body)
    usual: dict[str, Any] = {
        "raw_headers": headers_of(kind),
        "raw_key": SATELLITE.encode(),
        "broker_time": START,
    }
    return KafkaMessage(payload, **(usual | changes))


def nothing_remembered() -> TakeBook:
    """Takes as they are before anything was stored."""
    return TakeBook(lambda _key: [])


def end(records: int = 2, **changes: Any) -> dict[str, Any]:
    """A batch-complete marker as plain data."""
    return {
        "mission": "default",
        "satellite_id": SATELLITE,
        "batch_id": "b1",
        "records": records,
        "first_time": START,
        "last_time": START + (records - 1) * CADENCE_MS,
    } | changes


@dataclass(frozen=True)
class Bad:
    """A message that the validator must reject: by which reason, and with which words in the detail."""

    reason: str
    words: str
    message: KafkaMessage = field(repr=False)


def _headers(**values: str) -> RawHeaders:
    return [(name.replace("_", "-"), value.encode()) for name, value in values.items()]


def _with_channel(column: object, name: str = "altitude") -> dict[str, Any]:
    return fields(channels={name: column})


BAD: dict[str, Bad] = {
    "no payload": Bad("empty", "no payload", message(b"")),
    "a tombstone": Bad("empty", "no payload", KafkaMessage(None, headers_of(TelemetryChunk))),
    "no channels": Bad("empty", "no channels", message(fields(channels={}))),
    "oversized": Bad("oversized", "1048577 bytes", message(b"[" * (1024 * 1024 + 1))),
    "no headers": Bad("missing-type", "passwatch-type", message(fields(), raw_headers=None)),
    "an unknown type": Bad("unknown-type", "'Chunk'", message(fields(), raw_headers=_headers(passwatch_type="Chunk"))),
    "no schema": Bad("wrong-schema", "missing", message(fields(), raw_headers=headers_of(TelemetryChunk)[:1])),
    "another schema": Bad(
        "wrong-schema",
        "'2'",
        message(fields(), raw_headers=_headers(passwatch_type="TelemetryChunk", passwatch_schema="2")),
    ),
    "cut JSON": Bad("malformed-json", "truncated", message(msgspec.json.encode(fields())[:-5])),
    "trailing bytes": Bad("malformed-json", "trailing", message(msgspec.json.encode(fields()) + b"x")),
    "not UTF-8": Bad("malformed-json", "", message(b'{"mission":"\xff\xfe"}')),
    "endless nesting": Bad("malformed-json", "", message(b'{"channels":{"altitude":' + b"[" * 100_000)),
    "a missing field": Bad(
        "invalid-field", "batch_id", message({k: v for k, v in fields().items() if k != "batch_id"})
    ),
    "a field of another type": Bad("invalid-field", "$.first_index", message(fields(first_index="0"))),
    "a negative index": Bad("invalid-field", "$.first_index", message(fields(first_index=-1))),
    "an index past all bounds": Bad("invalid-field", "first_index", message(fields(first_index=2**31))),
    "a batch id with a space": Bad("invalid-field", "$.batch_id", message(fields(batch_id="a b"))),
    "no timestamps": Bad("invalid-field", "$.timestamps", message(fields(timestamps=[]))),
    "an unknown mission": Bad("unknown-mission", "'voyager'", message(fields(mission="voyager"))),
    "a satellite of another mission": Bad(
        "unknown-satellite", "'SAT-001'", message(fields(mission="nasa-smap-msl", channels={"A-1": [1, 2]}))
    ),
    "no key": Bad("missing-key", "SAT-001", message(fields(), raw_key=None)),
    "another satellite's key": Bad("wrong-key", "'SAT-002'", message(fields(), raw_key=b"SAT-002")),
    "times that stand still": Bad("unordered-timestamps", "timestamps[1]", message(fields(timestamps=[START, START]))),
    "times that fall": Bad("unordered-timestamps", "timestamps[1]", message(fields(timestamps=[START, START - 1]))),
    "a time too old": Bad("time-out-of-range", "older", message(fields(timestamps=[BOUNDS.oldest - 1, START]))),
    "a time too far ahead": Bad("time-out-of-range", "later", message(fields(timestamps=[START, BOUNDS.newest + 1]))),
    "only an unknown channel": Bad("unknown-channel", "'warp'", message(_with_channel([1, 2], "warp"))),
    "a short column": Bad("column-length", "1 values for 2", message(_with_channel([1]))),
    "a long column": Bad("column-length", "3 values for 2", message(_with_channel([1, 2, 3]))),
    "text for a number": Bad("not-a-number", "`str`", message(_with_channel(["1", "2"]))),
    "true for a number": Bad("not-a-number", "`bool`", message(_with_channel([True, False]))),
    "a nested column": Bad("not-a-number", "`array`", message(_with_channel([[1], [2]]))),
    "text for a column": Bad("not-a-number", "`str`", message(_with_channel("12"))),
    "an object for a column": Bad("not-a-number", "`object`", message(_with_channel({"1": 1, "2": 2}))),
    "a number beyond doubles": Bad(
        "not-a-number",
        "out of range",
        message(msgspec.json.encode(_with_channel([1, 7777])).replace(b"7777", b"1e999")),
    ),
    "a marker that ends before it begins": Bad(
        "unordered-timestamps", "first_time", message(end(first_time=START + 10**9), BatchEnd)
    ),
    "a marker of no records": Bad("invalid-field", "$.records", message(end(records=0), BatchEnd)),
    "a marker from the far future": Bad(
        "time-out-of-range", "later", message(end(last_time=BOUNDS.newest + 1), BatchEnd)
    ),
}
"""Messages that must not be admitted, by what is wrong with them."""
