"""The algebra of record indices, against sets of integers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from batch_inference_trigger.domain import spans
from passwatch.contracts import IndexSpan, RepeatedTimes, TimeRange


@st.composite
def ranges(draw: st.DrawFn) -> list[TimeRange]:
    """Ranges of a batch whose record i was taken at 10·i."""
    pairs = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=12))
    return [TimeRange(first=f, count=n, first_time=f * 10, last_time=(f + n - 1) * 10) for f, n in pairs]


def indices(items: list[TimeRange] | tuple[TimeRange, ...] | list[IndexSpan]) -> set[int]:
    return {i for item in items for i in range(item.first, item.first + item.count)}


@given(ranges())
def test_union_holds_the_same_indices_in_order_apart_and_with_their_times(given_ranges: list[TimeRange]) -> None:
    """A union holds exactly the given records, sorted, with a gap between any two ranges and the times of its ends."""
    joined = spans.union(given_ranges)
    assert indices(joined) == indices(given_ranges)
    assert all(a.first + a.count < b.first for a, b in pairwise(joined))
    assert all((r.first_time, r.last_time) == (r.first * 10, (r.first + r.count - 1) * 10) for r in joined)


@given(ranges(), ranges())
def test_union_is_commutative_and_idempotent(one: list[TimeRange], other: list[TimeRange]) -> None:
    """Neither order, nor repetition, nor doing it in two steps changes a union."""
    everything = spans.union([*one, *other])
    assert spans.union([*other, *one, *other]) == everything
    assert spans.union([*spans.union(one), *spans.union(other)]) == everything


@given(ranges(), st.integers(0, 80))
def test_gaps_and_counts_agree_with_sets(given_ranges: list[TimeRange], limit: int) -> None:
    """The gaps below a limit are the indices that are in no range, and counts are sizes of sets."""
    joined = spans.union(given_ranges)
    present = indices(joined)
    assert indices(spans.gaps(joined, limit)) == set(range(limit)) - present
    assert spans.count_below(joined, limit) == len({i for i in present if i < limit})
    assert spans.count(joined) == len(present)
    assert spans.end(joined) == max(present, default=-1) + 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=12))
def test_union_of_spans_holds_the_same_indices(pairs: list[tuple[int, int]]) -> None:
    """Spans without times are joined like ranges."""
    given_spans = [IndexSpan(first=f, count=n) for f, n in pairs]
    joined = list(spans.union_spans(given_spans))
    assert indices(joined) == indices(given_spans)
    assert all(a.first + a.count < b.first for a, b in pairwise(joined))


def test_ranges_of_other_takes_and_of_a_clock_that_ran_backwards_stay_apart() -> None:
    """They are read from their own takes; how many records repeat times, and from when to when, is counted."""
    whole = TimeRange(first=0, count=10, first_time=0, last_time=90)
    back = TimeRange(first=10, count=5, first_time=50, last_time=90, take=1)
    on = TimeRange(first=15, count=5, first_time=100, last_time=140, take=0)
    assert spans.union([on, back, whole]) == (whole, back, on)
    assert spans.repeated_times([whole, back, on]) == RepeatedTimes(count=5, first_time=50, last_time=90)
    assert spans.repeated_times([whole, on]) is None
