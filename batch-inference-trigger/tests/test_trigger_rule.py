"""The completion rule: when a batch is judged, and that nothing but what is known decides it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_inference_trigger.domain.completion import AT_ONCE, Batch, Closing, Policy, Progress
from passwatch.contracts import CompletionRule, IndexSpan, Marker, RepeatedTimes, TimeRange

POLICY = Policy(grace_ms=5_000, quiet_ms=120_000, max_wait_ms=3_600_000)
RECORDS = 20


def records(first: int, count: int, at: int, *, conflicts: tuple[int, ...] = ()) -> Progress:
    return Progress(
        ranges=(TimeRange(first=first, count=count, first_time=first * 10, last_time=(first + count - 1) * 10),),
        conflicts=tuple(IndexSpan(first=i, count=1) for i in conflicts),
        marker=None,
        broker_time=at,
    )


def marker(at: int, expected: int = RECORDS) -> Progress:
    end = Marker(records=expected, first_time=0, last_time=(expected - 1) * 10, broker_time=at)
    return Progress(ranges=(), conflicts=(), marker=end, broker_time=at)


def merged(*news: Progress, into: Batch | None = None) -> Batch:
    batch = into or Batch()
    for item in news:
        batch = batch.merge(item)
    return batch


news = st.one_of(
    st.builds(records, st.integers(0, RECORDS - 1), st.integers(1, 5), st.integers(0, 10**7), conflicts=st.just(())),
    st.builds(lambda i, at: records(i, 1, at, conflicts=(i,)), st.integers(0, RECORDS - 1), st.integers(0, 10**7)),
    st.builds(marker, st.integers(0, 10**7), st.sampled_from([RECORDS - 2, RECORDS])),
)


@given(st.lists(news, min_size=1, max_size=12), st.data())
def test_order_and_repetition_of_news_do_not_matter(items: list[Progress], data: st.DataObject) -> None:
    """Any order and repetition of the same news gives the same knowledge and the same closing time."""
    again = data.draw(st.permutations([*items, *data.draw(st.lists(st.sampled_from(items), max_size=6))]))
    assert merged(*again) == merged(*items)
    assert merged(*again).closing(POLICY) == merged(*items).closing(POLICY)


@given(st.lists(news, min_size=1, max_size=12), st.integers(0, 2 * 10**7), st.lists(st.integers(0, 11), max_size=8))
def test_a_judged_batch_stays_closed_under_replay(items: list[Progress], clock: int, replayed: list[int]) -> None:
    """Once a batch is judged, hearing any of its news again neither opens it nor changes what is known."""
    closed = merged(*items).close()
    again = merged(*(items[i % len(items)] for i in replayed), into=closed)
    assert again == closed
    assert again.decide(POLICY, clock) is None


@given(st.lists(news, min_size=1, max_size=12), st.integers(0, 2 * 10**7))
def test_nothing_is_closed_before_it_is_whole_calm_or_old(items: list[Progress], clock: int) -> None:
    """A batch is closed only if it is whole, or if the clock passed grace, quiet or the longest wait."""
    batch = merged(*items)
    rule = batch.decide(POLICY, clock)
    latest, first = max(i.broker_time for i in items), min(i.broker_time for i in items)
    expected = {
        "complete": batch.whole,
        "grace": batch.marker is not None and not batch.whole and clock >= latest + POLICY.grace_ms,
        "quiet": batch.marker is None and clock >= latest + POLICY.quiet_ms,
        "max_wait": not batch.whole and clock >= first + POLICY.max_wait_ms,
    }
    assert expected[rule] if rule else not any(expected.values())


@given(
    st.permutations([records(i, 4, 1_000 + i) for i in range(0, RECORDS, 4)] + [marker(1_500)]),
    st.lists(st.integers(0, 5), max_size=8),
    st.lists(st.integers(0, 5_999), max_size=8),
)
def test_a_whole_batch_is_judged_once_whatever_happened(
    order: list[Progress], repeated: list[int], beats: list[int]
) -> None:
    """Chunks and marker in any order, repeated, heartbeats between: one judgement, complete, of everything."""
    batch = Batch()
    judgements: list[tuple[int, CompletionRule, int]] = []
    clocks = iter(beats)
    for item in [*order, *(order[i] for i in repeated)]:
        batch = batch.merge(item)
        rule = batch.decide(POLICY, next(clocks, None))
        if rule:
            batch = batch.close()
            judgements.append((batch.revision, rule, batch.completeness(rule).records))
    assert judgements == [(1, "complete", RECORDS)]
    assert batch.decide(POLICY, 10**12) is None


def test_without_a_clock_only_a_whole_batch_is_closed() -> None:
    """While no heartbeat comes (a stopped or lagging consumer), nothing incomplete is closed."""
    assert merged(records(0, 5, 1_000), marker(1_000)).decide(POLICY, None) is None
    assert merged(records(0, 5, 1_000)).decide(POLICY, None) is None
    assert merged(records(0, RECORDS, 1_000), marker(1_000)).decide(POLICY, None) == "complete"


def test_short_with_marker_waits_for_the_grace_after_the_last_activity() -> None:
    """The grace counts from the later of marker and last records."""
    batch = merged(marker(1_000), records(0, 5, 4_000))
    assert batch.closing(POLICY) == Closing("grace", 9_000)
    assert batch.decide(POLICY, 8_999) is None
    assert batch.decide(POLICY, 9_000) == "grace"
    assert batch.completeness("grace").missing == [IndexSpan(first=5, count=15)]


def test_without_marker_quiet_decides_and_expected_is_unknown() -> None:
    """A batch whose marker never comes is judged after the quiet period, and says that it does not know its length."""
    batch = merged(records(0, 5, 1_000), records(7, 3, 2_000))
    assert batch.closing(POLICY) == Closing("quiet", 122_000)
    said = batch.completeness("quiet")
    assert (said.expected, said.records, said.missing) == (None, 8, [IndexSpan(first=5, count=2)])


@pytest.mark.parametrize("end", [None, marker(60_000)])
def test_endless_activity_is_cut_by_the_longest_wait(end: Progress | None) -> None:
    """A batch that never falls silent is judged when the longest wait since its first news is over."""
    news = [records(0, 1, at) for at in range(0, POLICY.max_wait_ms, 60_000)]
    batch = merged(*news, *([end] if end else []), *([records(1, 1, POLICY.max_wait_ms - 1)]))
    assert batch.closing(POLICY) == Closing("max_wait", POLICY.max_wait_ms)


def test_late_records_make_the_next_revision_and_completion_is_at_once() -> None:
    """Missing records that come an hour later are judged at once when they make the batch whole."""
    hour = 3_600_000
    batch = merged(records(0, 15, 1_000), marker(2_000)).close()
    assert batch.decide(POLICY, hour) is None
    late = batch.merge(records(15, 3, hour))
    assert late.closing(POLICY) == Closing("grace", hour + POLICY.grace_ms)
    whole = late.merge(records(18, 2, hour + 1_000))
    assert whole.closing(POLICY) == Closing("complete", AT_ONCE)
    assert whole.close().revision == 2


def test_a_marker_that_comes_after_quiet_opens_the_batch_again() -> None:
    """When the marker becomes known after a judgement without it, the next revision knows how complete it is."""
    batch = merged(records(0, RECORDS, 1_000)).close()
    assert batch.merge(marker(500_000)).decide(POLICY, None) == "complete"


def test_conflicts_in_a_whole_batch_make_one_revision_after_the_grace() -> None:
    """Records resent with other values open a whole batch again; the resend is awaited, then judged once, listed."""
    batch = merged(records(0, RECORDS, 1_000), marker(1_000)).close()
    resent = merged(records(0, 10, 9_000, conflicts=(3,)), records(10, 10, 10_000, conflicts=(11, 12)), into=batch)
    assert resent.closing(POLICY) == Closing("complete", 15_000)
    assert resent.completeness("complete").conflicts == [IndexSpan(first=3, count=1), IndexSpan(first=11, count=2)]


def test_records_past_the_marker_are_unexpected_and_none_is_missing() -> None:
    """Records at or past the announced count are counted as unexpected, beside a complete batch."""
    said = merged(records(0, RECORDS + 3, 1_000), marker(1_000)).completeness("complete")
    assert (said.records, said.unexpected, said.missing) == (RECORDS + 3, 3, [])


@given(st.permutations([marker(1_000, 15), marker(2_000, 20), marker(3_000, 15), marker(4_000, 20)]))
def test_markers_that_disagree_the_larger_count_holds(markers: list[Progress]) -> None:
    """Whatever the order of markers, the larger count holds, from its first arrival on."""
    held = merged(*markers).marker
    assert held is not None
    assert (held.records, held.broker_time) == (20, 2_000)


def test_a_larger_marker_reopens_a_batch_that_was_judged_whole() -> None:
    """A batch judged complete by a marker that was too small is incomplete again when the larger one comes."""
    batch = merged(records(0, 15, 1_000), marker(1_000, 15)).close()
    assert batch.judged is not None
    assert batch.judged.whole
    assert batch.merge(marker(9_000, 20)).closing(POLICY) == Closing("grace", 14_000)


def test_a_marker_alone_is_judged_after_the_grace_with_everything_missing() -> None:
    """A batch of which no record came is closed too, and says that all are missing."""
    batch = merged(marker(1_000))
    assert batch.decide(POLICY, 6_000) == "grace"
    assert batch.completeness("grace").missing == [IndexSpan(first=0, count=RECORDS)]


def test_replay_of_old_news_does_not_hasten_an_open_revision() -> None:
    """Known news replayed with an old broker time does not make an open later revision look overdue."""
    first = records(0, 5, 1_000)
    late = merged(first, marker(2_000)).close().merge(records(5, 5, 9_000_000))
    assert late.merge(first) == late
    assert replace(late, open_since=None).closing(POLICY) is None


def test_markers_that_disagree_are_said_whatever_their_order() -> None:
    """Nine records announced, then six, six there: nine hold and six are said, before the judgement or after it."""
    first, then = merged(records(0, 6, 1_000), marker(1_000, 9)), marker(3_000, 6)
    at_once = first.merge(then).close().completeness("grace")
    later = first.close().merge(then)
    assert later.closing(POLICY) == Closing("grace", 8_000)
    assert (at_once.expected, at_once.other_markers) == (9, [6])
    assert later.close().completeness("grace") == at_once


def test_a_batch_whose_clock_ran_backwards_is_never_whole() -> None:
    """All records are there, and yet it is not called complete: it waits for the grace and says what repeated."""
    back = TimeRange(first=6, count=4, first_time=20, last_time=50, take=1)
    news = Progress(ranges=(back,), conflicts=(), marker=None, broker_time=1_000)
    batch = merged(records(0, 6, 1_000), news, marker(1_000, 10))
    assert batch.closing(POLICY) == Closing("grace", 6_000)
    said = batch.completeness("grace")
    assert (said.records, said.expected, said.missing) == (10, 10, [])
    assert said.repeated_times == RepeatedTimes(count=4, first_time=20, last_time=50)
