"""The consumer between a real Kafka and a real VictoriaMetrics."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest
import requests
from consumer_batches import RECORDS, assert_stored, await_marker, batch, begin, end_of
from consumer_engines import Station, process_env, records_told
from consumer_support import BAD, CADENCE_MS, CHUNK_HEADERS, fields

from passwatch import headers
from passwatch.contracts import BatchEnd, BatchProgress, PartitionHeartbeat
from passwatch.topics import MAX_CHUNK_BYTES, PROGRESS
from tests.support.free_port import free_port
from tests.support.kafka_message import RawHeaders
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines


@pytest.mark.parametrize("chunk", [100, 1])
def test_every_sample_is_read_back_when_it_is_told(station: Station, unique: str, chunk: int) -> None:
    """When a batch's marker is reported, every sample can be read back equal, and every record is reported."""
    records = RECORDS if chunk > 1 else 200
    chunks = batch(unique, begin(records), records, chunk)
    with station.consumer():
        station.send_chunks(*chunks)
        station.send_end(end_of(chunks))
        progress = await_marker(station, unique)
        assert_stored(station, unique, chunks)
    assert records_told(progress) == set(range(records))


def test_malformed_messages_between_good_ones(station: Station, unique: str) -> None:
    """Every kind of malformed message ends in the dead-letter topic with reason and origin, and no good one is lost."""
    chunks = batch(unique, begin(200), 200, 5)
    assert len(BAD) <= len(chunks) * 2
    kinds = [bad for name, bad in BAD.items() if not name.startswith("a time too")]
    sent: list[tuple[bytes | None, bytes | None, RawHeaders | None]] = []
    for chunk, bad in itertools.zip_longest(chunks, kinds):
        if chunk is not None:
            sent.append((unique.encode(), msgspec.json.encode(chunk), CHUNK_HEADERS))
        if bad is not None:
            sent.append((bad.message.key(), bad.message.value(), bad.message.headers()))
    with station.consumer(oldest_days=100_000, newest_hours=0):
        station.send(*sent, partition=3)
        station.send_end(end_of(chunks), partition=3)
        await_marker(station, unique)
        letters = wait_for("all dead letters", lambda: (d := station.dead_letters()) and len(d) >= len(kinds) and d)
        assert_stored(station, unique, chunks)
    reasons = sorted(head["passwatch-dead-reason"] for head, _ in letters)
    assert reasons == sorted(bad.reason for bad in kinds)
    origins = {(head["passwatch-dead-partition"], head["passwatch-dead-offset"]) for head, _ in letters}
    assert len(origins) == len(kinds)
    assert {head["passwatch-dead-topic"] for head, _ in letters} == {station.prefix + "satellite-telemetry"}
    assert all(head["passwatch-dead-detail"] for head, _ in letters)
    payloads = sorted(m.value() or b"" for _, m in letters)
    assert payloads == sorted(bad.message.value() or b"" for bad in kinds)
    assert max(map(len, payloads)) > MAX_CHUNK_BYTES


def test_bad_channel_alone_is_a_dead_letter(station: Station, unique: str) -> None:
    """A chunk with a bad channel is stored without it, reported, and kept as a dead letter that names the channel."""
    start = begin(2)
    body = fields(satellite_id=unique, timestamps=[start, start + 1], channels={"altitude": [1, 2], "warp": [1, 2]})
    with station.consumer():
        station.send_chunks(body)
        (head, letter) = wait_for("the dead letter", station.dead_letters)[0]
        wait_for("the progress", lambda: station.progress(unique))
        assert station.stored(unique, start, start + 1) == {"satellite_altitude": {start: 1, start + 1: 2}}
    assert (head["passwatch-dead-reason"], head["passwatch-dead-channels"]) == ("unknown-channel", "warp")
    assert msgspec.json.decode(letter.value() or b"") == body
    assert head["passwatch-type"] == "TelemetryChunk"


def test_trace_goes_on_with_the_progress(station: Station, unique: str) -> None:
    """The progress that carries a batch's marker belongs to the trace that the marker came with."""
    chunks = batch(unique, begin(10), 10)
    trace_id = "0123456789abcdef0123456789abcdef"
    traced = [*headers.make(BatchEnd, trace=False), ("traceparent", f"00-{trace_id}-00f067aa0ba902b7-01".encode())]
    with station.consumer():
        station.send_chunks(*chunks)
        station.send((unique.encode(), msgspec.json.encode(end_of(chunks)), traced))
        await_marker(station, unique)
    reported = [headers.read(m.headers()) for m in station.messages(PROGRESS) if m.key() == unique.encode()]
    assert trace_id in reported[-1]["traceparent"]


def test_chunk_sent_twice_is_stored_once(station: Station, unique: str) -> None:
    """A chunk that comes twice leaves its samples once, and both times the same hashes are reported."""
    chunks = batch(unique, begin(100), 100)
    with station.consumer():
        station.send_chunks(*chunks)
        first = wait_for("the first progress", lambda: station.progress(unique))
        station.send_chunks(*chunks)
        both = wait_for("the second progress", lambda: (p := station.progress(unique)) and len(p) > len(first) and p)
        assert_stored(station, unique, chunks)
    assert len({stored.hashes for message in both for stored in message.ranges}) == 1


def test_offsets_wait_until_data_is_old_enough(station: Station, unique: str) -> None:
    """No offset is committed before the delay; then all are; what is not committed at a stop is stored again."""
    chunks = batch(unique, begin(300), 300)
    with station.consumer(commit_delay_s=3_600) as running:
        station.send_chunks(*chunks)
        station.send_end(end_of(chunks))
        first = await_marker(station, unique)
        asked = running.service._writer.alive_until
        wait_for("the storage was looked after twice more", lambda: running.service._writer.alive_until > asked + 2)
        assert station.committed() == {}
    assert station.committed() == {}
    with station.consumer(commit_delay_s=3_600) as running:
        wait_for(
            "all is reported again", lambda: (p := station.progress(unique)) and len(p) > len(first) and p[-1].marker
        )
        assert station.committed() == {}
        running.clock.shift_s = 3_601
        wait_for("the offsets are committed", lambda: sum(station.committed().values()) == len(chunks) + 1)
        assert_stored(station, unique, chunks)


def test_too_many_bad_messages_slow_their_partition_and_it_goes_on_by_itself(station: Station, unique: str) -> None:
    """Readiness says where the partition waits, nothing past it is committed, and what follows is stored in the end."""
    good = fields(satellite_id=unique, timestamps=[begin(2), begin(2) + 1])
    bad = (unique.encode(), b"{", CHUNK_HEADERS)
    with station.consumer(reject_burst=5, rejects_per_s=0.001, commit_delay_s=0) as running:
        station.send_chunks(good)
        station.send(*[bad] * 7)
        station.send_chunks(good | {"first_index": 2})
        probe = running.service.probes()["validator"]
        check = wait_for("the partition is slowed", lambda: None if (c := probe()).ok else c)
        wait_for("offsets up to there are committed", lambda: list(station.committed().values()) == [6])
        wait_for("the five are dead letters", lambda: len(station.dead_letters()) == 5)
        assert "at offset 6" in check.detail
        assert records_told(station.progress(unique)) == {0, 1}
        running.clock.shift_s = 3_600
        wait_for("the rest is taken", lambda: records_told(station.progress(unique)) == {0, 1, 2, 3})
        wait_for("all are dead letters", lambda: len(station.dead_letters()) == 7)
        assert probe().ok


def test_heartbeats_follow_their_partitions_progress(station: Station, unique: str) -> None:
    """A heartbeat never claims a time at which the partition held a message whose progress was not yet reported."""
    chunks = batch(unique, begin(500), 500, 10)
    with station.consumer():
        for first in range(0, len(chunks), 10):
            station.send_chunks(*chunks[first : first + 10])
            seen = len(station.reported())

            def more(seen: int = seen) -> bool:
                return len(station.reported()) > seen + 6

            wait_for("more is reported", more)
        station.send_end(end_of(chunks))
        await_marker(station, unique)
        partition = next(p for p, t in station.reported() if isinstance(t, BatchProgress))
        newest = station.progress(unique)[-1].broker_time
        wait_for(
            "every partition's clock passes the last message",
            lambda: (
                {p for p, t in station.reported() if isinstance(t, PartitionHeartbeat) and t.broker_time > newest}
                == set(range(6))
            ),
        )
    claimed = 0
    for at, reported in station.reported():
        if at != partition:
            continue
        if isinstance(reported, PartitionHeartbeat):
            assert reported.partition == at
            assert reported.broker_time >= claimed, "a partition's clock never goes back"
            claimed = reported.broker_time
        else:
            assert reported.broker_time > claimed, "progress of a time that a heartbeat had already claimed"


def test_two_consumers_share_the_partitions(station: Station, unique: str) -> None:
    """Two consumers share the partitions, and when one leaves, the other goes on with all; no sample is lost."""
    satellites = [f"{unique}-{i}" for i in range(8)]
    batches = {satellite: batch(satellite, begin(200), 200) for satellite in satellites}
    with station.consumer() as staying:
        with station.consumer() as leaving:
            wait_for(
                "each has three partitions",
                lambda: [len(c.service._ledger.partitions) for c in (staying, leaving)] == [3, 3],
            )
            for chunks in batches.values():
                station.send_chunks(chunks[0])
            for satellite in satellites:
                wait_for("the first half is reported", partial(station.progress, satellite))
        wait_for("one has all partitions", lambda: len(staying.service._ledger.partitions) == 6)
        for chunks in batches.values():
            station.send_chunks(*chunks[1:])
            station.send_end(end_of(chunks))
        for satellite, chunks in batches.items():
            await_marker(station, satellite)
            assert_stored(station, satellite, chunks)


def test_sigterm_finishes_what_was_taken(station: Station, unique: str, missions_dir: Path) -> None:
    """A consumer that is asked to stop stores and reports what it has taken, and ends with status 0."""
    port = free_port()
    chunks = batch(unique, begin(300), 300)
    process = subprocess.Popen(
        [sys.executable, "-m", "victoria_consumer", "run"], env=process_env(station, missions_dir, port)
    )
    try:
        wait_for("it is ready", lambda: _ready(port))
        station.send_chunks(*chunks)
        wait_for("it has taken something", lambda: "messages_total 0.0" not in _metrics(port))
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    finally:
        process.kill()
        process.wait()
    taken = records_told(station.progress(unique))
    stored = station.stored(unique, 0, 10**13).get("satellite_altitude", {})
    assert taken
    assert {chunks[0]["timestamps"][0] + i * CADENCE_MS for i in taken} >= stored.keys()


def _ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=30).ok
    except requests.ConnectionError:
        return False


def _metrics(port: int) -> str:
    return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
