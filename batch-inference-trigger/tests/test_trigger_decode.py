"""Messages of the progress topic: what can be used, and what is rejected."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trigger_support import progress

from batch_inference_trigger.domain.progress import Arrival, Heartbeat, read
from passwatch import headers, ids
from passwatch.contracts import BatchProgress, PartitionHeartbeat
from passwatch.streaming.faults import Reject
from tests.support.kafka_message import KafkaMessage

PROGRESS = headers.make(BatchProgress, trace=False)
GOOD = msgspec.to_builtins(progress("S1", 3, 2, at=9, marker=5))


def decode(value: bytes | None, raw: Sequence[tuple[str, bytes | None]] | None, partition: int) -> Arrival | Heartbeat:
    return read(KafkaMessage(payload=value, raw_headers=[*raw] if raw else None, at_partition=partition))


def broken(**changes: object) -> bytes:
    """Good progress with some fields changed; ``range_…`` changes those of its range."""
    inner = {name.removeprefix("range_"): v for name, v in changes.items() if name.startswith("range_")}
    outer = {name: v for name, v in changes.items() if not name.startswith("range_")}
    return msgspec.json.encode({**GOOD, "ranges": [{**GOOD["ranges"][0], **inner}], **outer})


def test_progress_and_heartbeats_are_read() -> None:
    """A good message becomes an arrival with its hashes and batch id, or a clock."""
    arrival = decode(msgspec.json.encode(GOOD), PROGRESS, 4)
    assert not isinstance(arrival, Heartbeat)
    assert (arrival.batch_uid, arrival.partition) == (ids.batch_uid("default", "S1", "b1"), 4)
    assert [len(raw) for raw in arrival.hashes] == [16]
    beat = msgspec.json.encode(PartitionHeartbeat(partition=2, broker_time=7))
    assert decode(beat, headers.make(PartitionHeartbeat), 0) == Heartbeat(2, 7)


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{}",
        b"\xff\xfe",
        broken(broker_time="soon"),
        broken(mission="No Mission!"),
        broken(broker_time=2**60),
        broken(ranges=[], marker=None),
        broken(range_count=3),
        broken(range_count=0, range_hashes=""),
        broken(range_hashes="not base64!"),
        broken(range_hashes="AAAA"),
        broken(range_first=-1),
        broken(range_first=2**60),
        broken(range_first_time=10**9, range_last_time=0),
        broken(broker_time=9_000_000_000_000_000),
        broken(marker={"records": 10**10, "first_time": 0, "last_time": 1, "broker_time": 2}),
        b"[" * 3_000 + b"]" * 3_000,
        b'{"mission": ' + b"[" * 100_000,
    ],
)
def test_what_breaks_the_contract_is_rejected(value: bytes | None) -> None:
    """A message that cannot be used is rejected."""
    with pytest.raises(Reject):
        decode(value, PROGRESS, 0)


@given(st.binary(max_size=200))
def test_any_bytes_are_rejected_and_nothing_worse(value: bytes) -> None:
    """No content makes decoding fail in another way."""
    with pytest.raises(Reject):
        decode(value, PROGRESS, 0)


@pytest.mark.parametrize("raw", [None, [], [("passwatch-type", b"BatchProgress")], [("passwatch-schema", b"1")]])
def test_without_type_or_schema_a_message_is_rejected(raw: list[tuple[str, bytes]] | None) -> None:
    """Messages that do not say what they are, or are of another schema version, are rejected."""
    with pytest.raises(Reject):
        decode(msgspec.json.encode(GOOD), raw, 0)
    with pytest.raises(Reject):
        decode(msgspec.json.encode(GOOD), [("passwatch-type", b"BatchProgress"), ("passwatch-schema", b"2")], 0)
