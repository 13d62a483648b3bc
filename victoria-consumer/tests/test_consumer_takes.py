"""Takes keep batches apart: nobody's records lie within another's, and what was placed stays where it is."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from consumer_support import BOUNDS, CADENCE_MS, MISSIONS, START, end, fields, message
from hypothesis import given
from hypothesis import strategies as st

from passwatch.contracts import MAX_TAKES, BatchEnd
from passwatch.streaming.faults import Reject, Retry
from passwatch.streaming.rejects import RejectBudget
from victoria_consumer.domain.takes import Piece, Segment, StreamKey, TakeBook
from victoria_consumer.domain.validator import Validator
from victoria_consumer.domain.write_batch import WriteBatchBuilder

KEY = StreamKey("default", "SAT-001", "realtime")


class Remembered:
    """What a take book has written, and is loaded from."""

    def __init__(self) -> None:
        self.rows: dict[tuple[StreamKey, str, int, int], tuple[int, int, int]] = {}
        self.book = TakeBook(self.load)

    def load(self, key: StreamKey) -> list[Segment]:
        return [Segment(batch, take, first, *rest) for (of, batch, take, first), rest in self.rows.items() if of == key]

    def save(self) -> None:
        self.book.save(self._write)

    def _write(self, changed: list[tuple[StreamKey, Segment]]) -> None:
        for key, one in changed:
            self.rows[key, one.batch_id, one.take, one.first] = (one.count, one.first_time, one.last_time)

    def restarted(self) -> None:
        self.book = TakeBook(self.load)

    def takes(self, batch: str, first: int, times: list[int]) -> list[int]:
        """The take of each record."""
        pieces = self.book.assign(KEY, batch, first, np.array(times, dtype=np.int64))
        return [piece.take for piece in pieces for _ in range(piece.start, piece.stop)]


runs = st.tuples(st.sampled_from("ABCD"), st.integers(0, 30), st.integers(1, 8), st.integers(0, 60), st.integers(1, 3))


@given(st.lists(st.tuples(runs, st.booleans(), st.booleans()), max_size=25))
def test_no_record_lies_within_another_batch_and_replays_change_nothing(
    steps: list[tuple[tuple[str, int, int, int, int], bool, bool]],
) -> None:
    """Whatever comes, however often and in whatever order, and whenever the process is started anew."""
    kept = Remembered()
    placed: dict[tuple[str, int], tuple[int, int]] = {}
    for (batch, first, count, begin, step), again, restart in steps:
        times = [begin + i * step for i in range(count)]
        try:
            takes = kept.takes(batch, first, times)
        except Reject:
            kept.save()
            continue
        kept.save()
        for i, take in enumerate(takes):
            time, known = placed.setdefault((batch, first + i), (times[i], take))
            if time == times[i]:
                assert known == take
        if restart:
            kept.restarted()
        if again:
            assert kept.takes(batch, first, times) == takes
    _assert_apart(kept)


def _assert_apart(kept: Remembered) -> None:
    by_take: dict[int, dict[str, list[tuple[int, int, int, int]]]] = defaultdict(lambda: defaultdict(list))
    for (_, batch, take, first), (count, first_time, last_time) in kept.rows.items():
        by_take[take][batch].append((first, count, first_time, last_time))
    for batches in by_take.values():
        hulls = sorted((min(s[2] for s in segments), max(s[3] for s in segments)) for segments in batches.values())
        assert all(one[1] < other[0] for one, other in itertools.pairwise(hulls))
        for segments in batches.values():
            segments.sort()
            for one, other in itertools.pairwise(segments):
                assert one[0] + one[1] <= other[0]
                assert one[3] < other[2]


def test_the_same_times_under_another_id_go_to_another_take() -> None:
    """A corrected pass, a pass that overlaps in part, and a dump between the records of another are each alone."""
    kept = Remembered()
    assert kept.takes("A", 0, [0, 30, 60]) == [0, 0, 0]
    assert kept.takes("B", 0, [0, 30, 60]) == [1, 1, 1]
    assert kept.takes("C", 0, [15, 45]) == [2, 2]
    assert kept.takes("D", 0, [90, 120]) == [0, 0]
    assert kept.takes("A", 0, [0, 30, 60]) == [0, 0, 0]


def test_other_streams_satellites_and_missions_are_apart() -> None:
    """Takes are counted for each stream of each satellite of each mission."""
    book = TakeBook(lambda _key: [])
    times = np.array([0, 30], dtype=np.int64)
    for key in (KEY, KEY._replace(stream="test"), KEY._replace(satellite_id="SAT-002"), KEY._replace(mission="m")):
        assert book.assign(key, "A", 0, times) == [Piece(0, 0, 2)]


def test_a_clock_that_runs_backwards_leads_to_another_take_until_it_has_caught_up() -> None:
    """The records whose times came before, and no others, are set aside."""
    kept = Remembered()
    assert kept.takes("A", 0, [0, 10, 20, 30]) == [0] * 4
    assert kept.takes("A", 4, [10, 20, 30, 40, 50]) == [1, 1, 1, 0, 0]


def test_an_index_that_came_with_another_time_is_refused() -> None:
    """A sender that uses an id again for another pass is reported, and what is stored stays."""
    kept = Remembered()
    kept.takes("A", 0, [0, 10, 20])
    with pytest.raises(Reject, match="record 1 of batch 'A' is of 110; it came before") as refused:
        kept.takes("A", 1, [110, 120])
    assert refused.value.reason == "index-reused"


def test_there_are_only_so_many_takes() -> None:
    """Beyond them a record is refused with its reason; it is not stored among another's."""
    kept = Remembered()
    for number in range(MAX_TAKES):
        assert kept.takes(f"B{number}", 0, [0, 10]) == [number] * 2
    with pytest.raises(Reject, match="records 0 to 1 of batch 'X' share their times") as refused:
        kept.takes("X", 0, [5, 15])
    assert refused.value.reason == "too-many-takes"


def test_streams_that_were_not_used_for_long_are_forgotten_and_loaded_again() -> None:
    """The cache is bounded, and nothing depends on it."""
    kept = Remembered()
    kept.book = TakeBook(kept.load, cached_rows=1)
    times = np.array([0], dtype=np.int64)
    for satellite in ("S1", "S2", "S3", "S1"):
        key = KEY._replace(satellite_id=satellite)
        assert kept.book.assign(key, "A", 0, times) == [Piece(0, 0, 1)]
        assert kept.book.assign(key, "B", 0, times) == [Piece(1, 0, 1)]
        kept.save()


def test_lines_and_ranges_name_the_take() -> None:
    """What is imported and what is reported agree, for chunks and for single records alike."""
    builder = WriteBatchBuilder(Validator(MISSIONS), RejectBudget(9, 1.0), TakeBook(lambda _key: []))
    for records in (1, 4):
        other = {"batch_id": f"b{records}", "stream": "dump"}
        write_batch = builder.build([message(fields(0, records) | other)], BOUNDS)
        again = {"batch_id": f"c{records}", "stream": "dump"}
        write_batch = builder.build(
            [message(fields(0, records) | again), message(fields(records, records) | again)], BOUNDS
        )
        lines = write_batch.body.splitlines()
        takes = {
            take for reported in write_batch.progress for stored in reported.progress.ranges for take in [stored.take]
        }
        assert all(b'"stream":"dump","take":"%d"' % take in line for take in takes for line in lines)
        assert len(takes) == 1
        assert {reported.progress.stream for reported in write_batch.progress} == {"dump"}


def test_a_backward_clock_splits_lines_and_ranges() -> None:
    """Within one poll, one chunk that goes back is imported into another take than those around it."""
    builder = WriteBatchBuilder(Validator(MISSIONS), RejectBudget(9, 1.0), TakeBook(lambda _key: []))
    back = fields(4, 4) | {"timestamps": [START + i * CADENCE_MS for i in (2, 3, 4, 5)]}
    write_batch = builder.build([message(fields(0, 4)), message(back)], BOUNDS)
    (reported,) = write_batch.progress
    assert [(r.first, r.count, r.take) for r in reported.progress.ranges] == [(0, 4, 0), (4, 2, 1), (6, 2, 0)]
    assert sum(b'"take":"1"' in line for line in write_batch.body.splitlines()) == 2


def test_markers_that_contradict_each_other_are_all_told() -> None:
    """Whether they come in one poll or in two, the trigger learns of both; the largest comes last."""
    builder = WriteBatchBuilder(Validator(MISSIONS), RejectBudget(9, 1.0), TakeBook(lambda _key: []))
    messages = [message(fields(0, 2)), message(end(9), BatchEnd), message(end(2), BatchEnd)]
    reported = builder.build(messages, BOUNDS).progress
    assert [m.progress.marker and m.progress.marker.records for m in reported] == [2, 9]


def test_nothing_is_stored_while_takes_cannot_be_looked_up() -> None:
    """A fault of the database is waited for; it is no reason to reject a message."""

    def away(_key: StreamKey) -> list[Segment]:
        raise Retry("PostgreSQL is away")

    builder = WriteBatchBuilder(Validator(MISSIONS), RejectBudget(9, 1.0), TakeBook(away))
    with pytest.raises(Retry):
        builder.build([message(fields(0, 2))], BOUNDS)
