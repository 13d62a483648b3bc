"""A write batch holds every sample of its messages once, and reports its batches alike however they were cut."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import msgspec
import numpy as np
import pytest
from consumer_support import BAD, BOUNDS, CADENCE_MS, MISSIONS, START, end, fields, message, nothing_remembered
from hypothesis import given
from hypothesis import strategies as st

from passwatch.contracts import BatchEnd, BatchProgress
from passwatch.streaming.dead_letters import outgoing, parse
from passwatch.streaming.rejects import RejectBudget
from tests.support.kafka_message import KafkaMessage
from victoria_consumer.domain import batch_progress, record_batch
from victoria_consumer.domain.import_lines import MAX_SAMPLES
from victoria_consumer.domain.validator import Validator
from victoria_consumer.domain.write_batch import WriteBatch, WriteBatchBuilder

CHANNELS = [channel.name for channel in MISSIONS["default"].channels][:4]


def build(messages: list[KafkaMessage], limit: int = 10_000) -> WriteBatch:
    return WriteBatchBuilder(Validator(MISSIONS), RejectBudget(limit, 1.0), nothing_remembered()).build(
        messages, BOUNDS
    )


def samples(write_batch: WriteBatch) -> list[tuple[str, int, float]]:
    """Every sample of the import lines, sorted: series name, time, value."""
    found = []
    for line in write_batch.body.splitlines():
        series = msgspec.json.decode(line)
        assert len(series["values"]) == len(series["timestamps"]) <= MAX_SAMPLES
        assert set(series["metric"]) == {"__name__", "mission", "satellite_id", "stream", "take"}
        pairs = zip(series["timestamps"], series["values"], strict=True)
        found += [(series["metric"]["__name__"], time, float(value)) for time, value in pairs]
    return sorted(found)


def hashes(write_batch: WriteBatch) -> dict[int, int]:
    """The hash of each record that the progress names, by index; ranges must not contradict each other."""
    found: dict[int, int] = {}
    for reported in write_batch.progress:
        for stored in reported.progress.ranges:
            words = np.frombuffer(base64.b64decode(stored.hashes), dtype="<u8").tolist()
            assert len(words) == stored.count
            assert stored.first_time == START + stored.first * CADENCE_MS
            assert stored.last_time == stored.first_time + (stored.count - 1) * CADENCE_MS
            for index, word in enumerate(words, start=stored.first):
                assert found.setdefault(index, word) == word
    return found


def slices(values: dict[str, list[float | None]], cuts: list[int]) -> list[KafkaMessage]:
    """A batch's messages, cut before these records."""
    records = len(values[CHANNELS[0]])
    bounds = sorted({0, records, *(cut % records for cut in cuts)})
    return [
        message(fields(a, b - a, channels={name: column[a:b] for name, column in values.items()}))
        for a, b in itertools.pairwise(bounds)
    ]


COLUMN = st.lists(st.none() | st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=12, max_size=12)
BATCHES = st.fixed_dictionaries(dict.fromkeys(CHANNELS, COLUMN))


@given(BATCHES, st.lists(st.integers(0, 11)), st.lists(st.integers(0, 11)), st.randoms())
def test_cut_and_order_do_not_matter(values: dict[str, Any], one: list[int], other: list[int], random: Any) -> None:
    """However a batch is cut and in whatever order it comes, samples and reported hashes are the same."""
    shuffled = slices(values, other)
    random.shuffle(shuffled)
    write_batches = build(slices(values, one)), build(shuffled)
    wanted = sorted(
        (f"satellite_{name}", START + i * CADENCE_MS, float(v))
        for name, column in values.items()
        for i, v in enumerate(column)
        if v is not None
    )
    assert samples(write_batches[0]) == samples(write_batches[1]) == wanted
    assert hashes(write_batches[0]) == hashes(write_batches[1])
    assert sorted(hashes(write_batches[0])) == list(range(12))
    assert [p.samples for p in write_batches] == [len(wanted)] * 2
    assert b"null" not in write_batches[0].body


def test_consecutive_records_make_one_range() -> None:
    """Records that follow each other are one range with the marker, whether they came singly or in chunks."""
    parts = [message(fields(i, 1), broker_time=START + i) for i in range(5)]
    parts += [message(fields(5, 7)), message(end(12), BatchEnd, broker_time=START + 99)]
    write_batch = build(parts)
    assert [(r.first, r.count) for m in write_batch.progress for r in m.progress.ranges] == [(0, 5), (5, 7)]
    marker = write_batch.progress[-1].progress.marker
    assert marker is not None
    assert (marker.records, write_batch.progress[-1].progress.broker_time) == (12, START + 99)


def test_batches_and_partitions_are_told_apart() -> None:
    """Each batch has a message of its own, for the partition that its telemetry came from."""
    write_batch = build(
        [
            message(fields(0, 2)),
            message(fields(2, 2, batch_id="b2")),
            message(fields(0, 2, satellite_id="SAT-002"), raw_key=b"SAT-002", at_partition=4),
        ]
    )
    reported = {(m.partition, m.progress.satellite_id, m.progress.batch_id) for m in write_batch.progress}
    assert reported == {(0, "SAT-001", "b1"), (0, "SAT-001", "b2"), (4, "SAT-002", "b1")}


def test_long_columns_are_split() -> None:
    """A line holds at most 4,000 samples, also when one chunk brings more or many chunks meet."""
    column = [float(i) for i in range(9_001)]
    long = build([message(fields(0, 9_001, channels={"altitude": column}))])
    many = build(
        [
            message(fields(first, 100, channels={"altitude": column[first : first + 100]}))
            for first in range(0, 9_000, 100)
        ]
    )
    assert [value for _, _, value in samples(long)] == column
    assert [value for _, _, value in samples(many)] == column[:-1]
    assert len(many.body.splitlines()) == 3
    assert hashes(many).items() <= hashes(long).items()


def test_progress_fits_its_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress that is too large for one message is reported in several, the marker with the last."""
    monkeypatch.setattr(batch_progress, "MESSAGE_WEIGHT", 2_000)
    monkeypatch.setattr(batch_progress, "RANGE_RECORDS", 50)
    write_batch = build([message(fields(0, 500)), message(end(500), BatchEnd)])
    reported: list[BatchProgress] = [m.progress for m in write_batch.progress]
    assert len(reported) > 1
    assert all(len(msgspec.json.encode(progress)) < 3_000 for progress in reported)
    assert [progress.marker is not None for progress in reported] == [False] * (len(reported) - 1) + [True]
    assert list(hashes(write_batch)) == list(range(500))


def test_trace_context_is_the_markers() -> None:
    """The trace context that came with a batch's marker goes on with its progress."""
    traced = message(end(2), BatchEnd)
    traced.raw_headers = [*(traced.raw_headers or []), ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")]
    write_batch = build([message(fields(0, 2)), traced])
    assert write_batch.progress[0].trace["traceparent"].startswith("00-aaaa")


def test_bad_messages_between_good_ones() -> None:
    """Bad messages become dead letters, and the good ones between them are stored as if they were alone."""
    good = [message(fields(2 * i, 2)) for i in range(len(BAD))]
    mixed = [m for pair in zip(good, (bad.message for bad in BAD.values()), strict=True) for m in pair]
    for offset, each in enumerate(mixed):
        each.at_offset = offset
    write_batch = build(mixed)
    assert samples(write_batch) == samples(build(good))
    assert [letter.message.offset() for letter in write_batch.dead_letters] == list(range(1, len(mixed), 2))
    assert (write_batch.reached[0].first, write_batch.reached[0].end, write_batch.messages) == (
        0,
        len(mixed),
        len(mixed),
    )


def test_too_many_bad_messages_slow_their_partition() -> None:
    """Past its budget a partition waits until that is refilled; others go on, and nothing is skipped."""
    builder = WriteBatchBuilder(Validator(MISSIONS), RejectBudget(3, 1.0), nothing_remembered())
    bad = BAD["cut JSON"].message.payload or b""
    run = [message(bad, at_offset=i) for i in range(5)]
    other = message(fields(satellite_id="SAT-002"), raw_key=b"SAT-002", at_partition=1, at_offset=8)
    first = builder.build([*run, other], BOUNDS, now=100.0)
    assert builder.slowed == {0: 3}
    assert (first.reached[0].end, len(first.dead_letters), first.reached[1].end) == (3, 3, 9)
    assert builder.build([message(fields(), at_offset=3)], BOUNDS, now=100.5).reached == {}
    assert builder.resumed(100.5) == {}
    assert builder.resumed(101.5) == {0: 3}
    assert builder.build([message(fields(), at_offset=3)], BOUNDS, now=101.5).reached[0].end == 4
    assert builder.slowed == {}


def test_bad_messages_within_the_budget_slow_nothing() -> None:
    """A partition may have a bad message now and then for ever."""
    builder = WriteBatchBuilder(Validator(MISSIONS), RejectBudget(2, 1.0), nothing_remembered())
    bad = BAD["cut JSON"].message.payload or b""
    for second in range(20):
        builder.build([message(bad, at_offset=2 * second), message(fields(), at_offset=2 * second + 1)], BOUNDS, second)
    assert builder.slowed == {}


def test_a_message_that_cannot_be_written_is_rejected_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the writing of one message raises, its neighbours of the same poll are written."""
    render = record_batch.ColumnRecordBatch.render

    def fragile(self: record_batch.ColumnRecordBatch, assign: record_batch.Assign) -> record_batch.Rendered:
        if any(chunk.first_index == 4 for chunk in self._chunks):
            raise FloatingPointError("what nobody thought of")
        return render(self, assign)

    monkeypatch.setattr(record_batch.ColumnRecordBatch, "render", fragile)
    write_batch = build([message(fields(first, 2), at_offset=first) for first in (0, 2, 4, 6)])
    assert sorted(hashes(write_batch)) == [0, 1, 2, 3, 6, 7]
    (letter,) = write_batch.dead_letters
    assert (letter.message.offset(), letter.rejection.reason) == (4, "unreadable")
    assert "what nobody thought of" in letter.rejection.detail


def test_headers_that_cannot_be_read_reject_their_message_alone() -> None:
    """Kafka takes any bytes for a header's name; confluent-kafka raises SystemError for them."""
    poisoned = message(fields(2, 2), at_offset=1)
    poisoned.unreadable_headers = True
    write_batch = build([message(fields(0, 2)), poisoned, message(fields(4, 2), at_offset=2)])
    assert sorted(hashes(write_batch)) == [0, 1, 4, 5]
    (letter,) = write_batch.dead_letters
    assert (letter.message.offset(), letter.rejection.reason) == (1, "unreadable-headers")
    assert write_batch.reached[0].end == 3
    sent = outgoing(letter, "")
    assert (sent.value, sent.key) == (poisoned.payload, poisoned.raw_key)
    assert parse(sent.headers) is not None
