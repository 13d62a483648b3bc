"""From stored series to the detector's inputs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis_worker.align import align, expected_records, input_hash
from passwatch.contracts import Completeness, IndexSpan, TimeRange
from passwatch.mission import Channel
from passwatch.takes import Samples

A = Channel(name="a", subsystem="s", unit="V", resolution=0.1)
B = Channel(name="b", subsystem="s", unit="A")


def samples(times: list[int]) -> dict[int, Samples]:
    return {0: (np.array(times, dtype=np.int64), np.array([t * 0.5 for t in times]))}


def record_range(first: int, count: int) -> TimeRange:
    return TimeRange(first=first, count=count, first_time=1000 + first * 10, last_time=1000 + (first + count - 1) * 10)


def test_channels_share_the_records_and_missing_samples_are_nan() -> None:
    """All channels of a subsystem get one value per record, nan where a channel has no sample of it."""
    stored = {"a": samples([1000, 1010, 1030]), "b": samples([1000, 1020, 1030])}
    aligned = align([A, B], [], stored, [record_range(0, 4)], 10, 4)
    assert aligned.records == 4
    assert [i.timestamps.tolist() for i in aligned.inputs] == [[1000, 1010, 1020, 1030]] * 2
    assert np.array_equal(aligned.inputs[0].values, [500.0, 505.0, np.nan, 515.0], equal_nan=True)
    assert np.array_equal(aligned.inputs[1].values, [500.0, np.nan, 510.0, 515.0], equal_nan=True)
    assert (aligned.inputs[0].unit, aligned.inputs[0].resolution, aligned.inputs[0].expected) == ("V", 0.1, 4)


@given(
    st.sets(st.integers(0, 40)),
    st.sets(st.integers(0, 40)),
    st.lists(st.tuples(st.integers(10, 40), st.integers(1, 6)), min_size=1, max_size=3),
    st.integers(0, 12),
)
def test_exactly_the_ranges_and_the_last_history_are_taken(
    a: set[int], b: set[int], spans: list[tuple[int, int]], history: int
) -> None:
    """Of each channel: its last samples before the batch, at most as many as asked for, then all inside the ranges."""
    ranges = sorted((record_range(f, n) for f, n in spans), key=lambda r: r.first)
    stored = {"a": samples([1000 + i * 10 for i in sorted(a)]), "b": samples([1000 + i * 10 for i in sorted(b)])}
    aligned = align([A, B], [], stored, ranges, history, 50)
    inside = {t for r in ranges for t in range(r.first_time, r.last_time + 1, 10)}
    for item, takes in zip(aligned.inputs, stored.values(), strict=True):
        times, _ = takes[0]
        given_times = [int(t) for t, v in zip(item.timestamps, item.values, strict=True) if not np.isnan(v)]
        before = [int(t) for t in times if t < ranges[0].first_time]
        assert given_times == before[len(before) - min(history, len(before)) :] + [int(t) for t in times if t in inside]
        assert item.history == min(history, len(before))
        assert all(np.diff(item.timestamps) > 0)
        present = ~np.isnan(item.values)
        assert np.array_equal(item.values[present], item.timestamps[present] * 0.5)
    assert aligned.records == len(inside & {1000 + i * 10 for i in a | b})
    assert aligned.history == min(i.history for i in aligned.inputs)


def test_nothing_stored_gives_empty_inputs() -> None:
    """Channels without any sample, and batches without any record, are inputs without samples."""
    assert [len(i.values) for i in align([A, B], [], {}, [record_range(0, 4)], 10, 4).inputs] == [0, 0]
    assert [len(i.values) for i in align([A], [], {"a": samples([1000])}, [], 10, 4).inputs] == [0]
    assert align([], [], {}, [record_range(0, 4)], 10, 4).inputs == []


def test_the_input_hash_sees_every_value_time_name_and_border() -> None:
    """Two inputs have the same hash exactly if the detector was given the same."""
    stored = {"a": samples([990, 1000, 1010])}
    times, values = stored["a"][0]
    base = align([A], [], stored, [record_range(0, 2)], 10, 2).inputs
    other_value = align([A], [], {"a": {0: (times, values + 1e-9)}}, [record_range(0, 2)], 10, 2).inputs
    other_border = align([A], [], stored, [record_range(1, 1)], 10, 2).inputs
    other_name = align([B], [], {"b": stored["a"]}, [record_range(0, 2)], 10, 2).inputs
    assert input_hash(align([A], [], stored, [record_range(0, 2)], 10, 2).inputs) == input_hash(base)
    assert len({input_hash(i) for i in (base, other_value, other_border, other_name)}) == 4


def test_expected_records_are_the_marker_s_or_what_was_seen_and_its_gaps() -> None:
    """Without a marker a batch is expected to hold the records up to the highest one seen."""
    gaps = [IndexSpan(first=3, count=2), IndexSpan(first=9, count=1)]
    assert expected_records(Completeness(rule="quiet", expected=None, records=7, missing=gaps)) == 10
    assert expected_records(Completeness(rule="grace", expected=20, records=7)) == 20


def test_context_is_aligned_by_itself() -> None:
    """Channels of other subsystems are read as they are, and make no records of this one."""
    stored = {"a": samples([1000, 1020]), "b": samples([990, 1000, 1010, 1020])}
    aligned = align([A], [B], stored, [record_range(0, 3)], 10, 3)
    assert (aligned.records, [i.name for i in aligned.inputs]) == (2, ["a"])
    (context,) = aligned.context
    assert (context.name, context.history, context.timestamps.tolist()) == ("b", 1, [990, 1000, 1010, 1020])


def test_a_batch_is_its_own_records_and_no_others() -> None:
    """Each range is read from its own take; history is the newest take at each time; a time that came twice is once."""
    low, high = samples([980, 990, 1000, 1005, 1010])[0], samples([990, 1000, 1010, 1020])[0]
    stored = {"a": {0: low, 1: (high[0], -high[1])}}
    ranges = [
        TimeRange(first=0, count=2, first_time=1000, last_time=1010, take=1),
        TimeRange(first=2, count=1, first_time=1005, last_time=1010, take=0),
    ]
    (item,) = align([A], [], stored, ranges, 10, 3).inputs
    assert item.timestamps.tolist() == [980, 990, 1000, 1005, 1010]
    assert item.values.tolist() == [490, -495, -500, 502.5, -505]
    free = [TimeRange(first=0, count=3, first_time=1000, last_time=1020, take=None)]
    assert align([A], [], stored, free, 0, 3).inputs[0].values.tolist() == [-500, -505, -510]
