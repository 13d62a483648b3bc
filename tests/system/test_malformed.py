"""Bad messages between good ones: each is set aside with its reason, and nothing good is lost."""

import json
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from confluent_kafka import Message

from passwatch import headers
from passwatch.contracts import TelemetryChunk
from passwatch.kafka import make_consumer, topic_name
from passwatch.mission import Mission
from passwatch.streaming import dead_letters as dead_letter_headers
from passwatch.topics import DEAD_LETTERS, MAX_CHUNK_BYTES, TELEMETRY
from passwatch_native.stack import Stack
from tests.support.console import Console
from tests.support.station import Pass, Station, simulated
from tests.support.wait import wait_for

pytestmark = pytest.mark.system

BAD = 1_000
RECORDS = 500
GOOD_HEADERS = headers.make(TelemetryChunk)

Bad = tuple[bytes | None, list[tuple[str, bytes]]]


def kinds(sent: Pass) -> dict[str, Callable[[], Bad]]:
    """Ways to be wrong, by name."""
    good = msgspec.to_builtins(sent.chunk([0, 1]))

    def changed(**change: object) -> Callable[[], Bad]:
        return lambda: (json.dumps(good | change).encode(), GOOD_HEADERS)

    wrong_schema = [(headers.TYPE, b"TelemetryChunk"), (headers.SCHEMA, b"99")]
    return {
        "no JSON": lambda: (b"not json at all", GOOD_HEADERS),
        "cut off": lambda: (json.dumps(good).encode()[:-20], GOOD_HEADERS),
        "empty": lambda: (b"", GOOD_HEADERS),
        "no value": lambda: (None, GOOD_HEADERS),
        "no type": lambda: (json.dumps(good).encode(), []),
        "unknown type": lambda: (json.dumps(good).encode(), [(headers.TYPE, b"Surprise"), (headers.SCHEMA, b"1")]),
        "wrong schema": lambda: (json.dumps(good).encode(), wrong_schema),
        "unknown mission": changed(mission="no-such-mission"),
        "missing field": lambda: (
            json.dumps({k: v for k, v in good.items() if k != "timestamps"}).encode(),
            GOOD_HEADERS,
        ),
        "time far in the future": changed(timestamps=[4_102_444_800_000, 4_102_444_830_000]),
        "time before the retention": changed(timestamps=[946_684_800_000, 946_684_830_000]),
        "falling times": changed(timestamps=list(reversed(good["timestamps"]))),
        "negative index": changed(first_index=-1),
        "other satellite than the key": changed(satellite_id="SOMEONE-ELSE"),
        "oversized": lambda: (b'{"pad": "' + b"x" * (MAX_CHUNK_BYTES + 10) + b'"}', GOOD_HEADERS),
        "an array": lambda: (b"[1, 2, 3]", GOOD_HEADERS),
    }


def test_a_thousand_malformed_messages(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """Every bad message is in the dead-letter topic with reason and origin; the batch between them is whole."""
    sent = simulated(mission, f"SAT-{unique}", start_ms, records=RECORDS)
    makers = list(kinds(sent).items())
    for number in range(BAD):
        _, make = makers[number % len(makers)]
        value, message_headers = make()
        station.raw(sent.satellite_id, value, message_headers)
        if number % 2 == 0:
            station.chunk(sent, [number // 2])
    station.marker(sent)
    station.flush()
    batch = console.judged(sent.uid)
    assert (batch["records"], batch["completeness"]) == (RECORDS, 1.0)

    letters = dead_letters(stack, sent.satellite_id)
    assert len(letters) == BAD
    by_reason = Counter(letter[dead_letter_headers.REASON] for letter in letters)
    assert len(by_reason) >= 10, by_reason
    assert (
        len({(letter[dead_letter_headers.PARTITION], letter[dead_letter_headers.OFFSET]) for letter in letters}) == BAD
    )
    assert {letter[dead_letter_headers.TOPIC] for letter in letters} == {topic_name("", TELEMETRY)}


def test_a_bad_channel_is_set_aside_alone(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """A channel that the mission does not know, or of the wrong length, costs only itself."""
    sent = simulated(mission, f"SAT-{unique}", start_ms, records=100)
    chunk = msgspec.to_builtins(sent.chunk(range(100)))
    chunk["channels"]["no_such_channel"] = [1.0] * 100
    chunk["channels"]["battery_temp"] = [20.0] * 99
    station.raw(sent.satellite_id, json.dumps(chunk).encode(), GOOD_HEADERS)
    station.marker(sent)
    station.flush()
    batch = console.judged(sent.uid)
    samples = {c["channel"]: c["samples"] for c in batch["channels"]}
    assert samples["battery_temp"] == 0
    assert samples["battery_voltage"] == 100
    details = " ".join(letter[dead_letter_headers.DETAIL] for letter in dead_letters(stack, sent.satellite_id))
    assert "battery_temp" in details
    assert "no_such_channel" in details


def dead_letters(stack: Stack, satellite_id: str) -> list[dict[str, str]]:
    """The headers of all dead letters of this satellite, once the topic has been read to its end."""
    consumer = make_consumer(stack.env["PASSWATCH_KAFKA_BOOTSTRAP"], f"test-{satellite_id}", enable_partition_eof=True)
    consumer.subscribe([topic_name("", DEAD_LETTERS)])
    found: list[dict[str, str]] = []
    ended: set[int] = set()

    def read_on() -> bool:
        message: Message | None = consumer.poll(1.0)
        if message is not None and message.error() is not None:
            ended.add(message.partition() or 0)
        elif message is not None and message.key() == satellite_id.encode():
            found.append(headers.read(message.headers()))
        return len(ended) == DEAD_LETTERS.partitions

    try:
        wait_for("the end of the dead-letter topic", read_on, every_s=0)
    finally:
        consumer.close()
    return found
