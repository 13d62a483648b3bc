"""One message never harms another: property tests of how messages are read and written. No engine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch.streaming.faults import LONGEST_DETAIL, Reject, Retry, Stop, rejection_of
from passwatch.streaming.handler import Handler, process
from passwatch.streaming.messages import RawMessage
from passwatch.streaming.rejects import RejectBudget
from tests.support.kafka_message import KafkaMessage

POISON = [SystemError("?"), RecursionError(), ValueError("no"), MemoryError(), KeyError("k"), Reject("why", "so")]


class Store:
    """Writes numbers, all or nothing, unless one of them is poison."""

    def __init__(self, unreadable: set[int], unwritable: set[int], error: Exception) -> None:
        self.unreadable, self.unwritable, self.error = unreadable, unwritable, error
        self.kept: list[int] = []

    def read(self, message: RawMessage) -> int:
        if message.offset() in self.unreadable:
            raise self.error
        return message.offset()

    def write(self, items: Sequence[int]) -> None:
        if self.unwritable.intersection(items):
            raise self.error
        self.kept += items


@given(
    st.integers(0, 40),
    st.sets(st.integers(0, 39)),
    st.sets(st.integers(0, 39)),
    st.sampled_from(POISON),
)
def test_what_is_wrong_with_some_messages_harms_no_other(
    count: int, unreadable: set[int], unwritable: set[int], error: Exception
) -> None:
    """Whatever is raised: exactly the messages at fault are rejected, the others written once and in order."""
    store = Store(unreadable, unwritable, error)
    rejected: list[int] = []
    messages = [KafkaMessage(b"", at_offset=offset) for offset in range(count)]
    process(Handler(store.read, store.write), messages, lambda message, _: rejected.append(message.offset()))
    bad = {offset for offset in range(count) if offset in unreadable or offset in unwritable}
    assert sorted(rejected) == sorted(bad)
    assert store.kept == [offset for offset in range(count) if offset not in bad]


@pytest.mark.parametrize("fault", [Retry("away"), Stop("over")])
def test_what_is_no_messages_fault_rejects_none(fault: Exception) -> None:
    """A store that is away, or a process that must end, is told to the loop."""
    store = Store(set(), {3}, fault)
    with pytest.raises(type(fault)):
        process(
            Handler(store.read, store.write),
            [KafkaMessage(b"", at_offset=offset) for offset in range(5)],
            lambda *_: pytest.fail("nothing is rejected"),
        )


@given(st.text(max_size=50), st.integers(0, 5))
def test_a_rejection_says_one_bounded_line(text: str, lines: int) -> None:
    """However much an exception says, the dead letter's detail stays short."""
    found = rejection_of(ValueError("\n".join([text * 1_000] * lines)), "unreadable")
    assert len(found.detail) <= LONGEST_DETAIL
    assert found.reason == "unreadable"


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60), st.integers(1, 5), st.floats(0.5, 20))
def test_rejections_keep_to_their_budget(steps: list[float], burst: int, per_s: float) -> None:
    """At no time were more rejected than the burst and what has been refilled, one at most over."""
    budget = RejectBudget(burst, per_s)
    now, begun, rejected = 0.0, 0.0, 0
    for step in steps:
        now += step
        budget.ready(now)
        if 0 in budget.slowed:
            continue
        budget.reject(0, now)
        rejected += 1
        assert rejected <= burst + (now - begun) * per_s + 1


def test_a_slowed_partition_goes_on_by_itself_and_others_never_wait() -> None:
    """Its bucket refills with time; another partition's is full."""
    budget = RejectBudget(10, 2.0)
    assert [budget.reject(0, 0.0) for _ in range(10)][-1]
    assert budget.slowed == {0}
    assert not budget.reject(1, 0.0)
    assert budget.ready(0.1) == []
    assert budget.ready(5.0) == [0]
    assert budget.slowed == frozenset()
