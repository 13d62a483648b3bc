"""What is committed, flushed and reported, and when: pure objects with an injected clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from victoria_consumer.domain.flush_group import FlushGroup
from victoria_consumer.domain.offset_ledger import OffsetLedger
from victoria_consumer.domain.partition_clock import PartitionClock

DELAY_S = 15.0

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.just("store"), st.just(0)),
        st.tuples(st.just("wait"), st.integers(0, 20)),
        st.tuples(st.just("commit"), st.just(0)),
        st.tuples(st.just("rewind"), st.just(0)),
    ),
    max_size=60,
)


@given(STEPS)
def test_ledger_commits_only_what_is_old_enough(steps: list[tuple[str, int]]) -> None:
    """Whatever happens, an offset is due only if all before it was stored in this epoch at least the delay ago."""
    ledger = OffsetLedger(DELAY_S)
    ledger.assign(0)
    now, position, committed = 0.0, 100, 100
    under_way: list[tuple[int, int]] = []
    stored_at: dict[int, float] = {}
    for step, amount in steps:
        if step == "take":
            epoch = ledger.take(0, position, position + amount)
            assert epoch is not None
            position += amount
            under_way.append((epoch, position))
        elif step == "store" and under_way:
            epoch, end = under_way.pop(0)
            if ledger.store(0, epoch, end, now):
                stored_at[end] = now
        elif step == "wait":
            now += amount
        elif step == "commit":
            due = ledger.due(now).get(0)
            old = [end for end, at in stored_at.items() if at <= now - DELAY_S and end > committed]
            assert due == (max(old) if old else None)
            if due is not None:
                committed = due
                ledger.commit(0, due)
        elif step == "rewind":
            resume = ledger.rewind()
            assert resume.get(0, committed) == committed
            position = committed
            stored_at = {}
    assert ledger.settled(0) == (position == max([*stored_at, committed]))


def test_ledger_ignores_what_an_earlier_assignment_began() -> None:
    """Work begun before a partition went and came back counts for nothing afterwards."""
    ledger = OffsetLedger(0)
    ledger.assign(3)
    epoch = ledger.take(3, 10, 20)
    assert epoch is not None
    ledger.forget(3)
    assert ledger.take(3, 20, 30) is None
    ledger.assign(3)
    assert not ledger.store(3, epoch, 20, at=0)
    assert ledger.due(1_000) == {}


def test_ledger_waits_for_a_living_storage() -> None:
    """Age counts only up to the moment at which the storage was last known to live."""
    ledger = OffsetLedger(DELAY_S)
    ledger.assign(0)
    epoch = ledger.take(0, 0, 5)
    assert epoch is not None
    ledger.store(0, epoch, 5, at=100)
    assert ledger.due(alive_until=114.9) == {}
    assert ledger.due(alive_until=115) == {0: 5}


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5), st.booleans()), max_size=50))
def test_flushes_are_grouped(steps: list[tuple[float, float, bool]]) -> None:
    """Flushes begin at least the interval apart, take at most a fifth of the time, and release every waiter once."""
    group: FlushGroup[int] = FlushGroup(0.25)
    now, begun, cost = 0.0, float("-inf"), 0.0
    added: list[int] = []
    released: list[int] = []
    for number, (pause, flush_s, add) in enumerate(steps):
        now += pause
        if add:
            group.add(number)
            added.append(number)
        if group.wait_s(now) == 0:
            assert now - begun >= max(0.25, 5 * cost) - 1e-9
            begun, cost = now, flush_s
            released += group.begin(now)
            now += flush_s
            group.end(now)
    assert released + group.begin(now) == added
    assert group.wait_s(now) is None


def test_first_flush_is_due_at_once() -> None:
    """What comes after a quiet time does not wait."""
    group: FlushGroup[str] = FlushGroup(0.25)
    assert group.wait_s(10) is None
    group.add("a")
    assert group.wait_s(10) == 0
    group.begin(10)
    group.end(10.01)
    group.add("b")
    assert group.wait_s(10.0625) == 0.1875


def test_clock_of_an_idle_partition_advances_by_the_brokers_dates() -> None:
    """An idle partition carries the date of the heartbeat before, as soon as it was found empty after it."""
    clock = PartitionClock()
    reported = []
    for date in (1_000, 2_000, 3_000):
        reported.append(clock.next_heartbeat(clock.probed))
        clock.probe(date)
    assert reported == [0, 1_000, 2_000]


def test_clock_of_a_lagging_partition_is_what_it_handled() -> None:
    """While messages wait, the clock stands just before the newest message that was handled, and is reported once."""
    clock = PartitionClock()
    assert clock.next_heartbeat(None) is None
    clock.probe(9_000)
    clock.handled(5_000)
    assert clock.next_heartbeat(None) == 4_999
    assert clock.next_heartbeat(None) is None


@given(st.lists(st.tuples(st.sampled_from(["handled", "probe", "idle", "busy"]), st.integers(0, 100))))
def test_clock_never_goes_back(steps: list[tuple[str, int]]) -> None:
    """Whatever happens, the times reported never fall."""
    clock = PartitionClock()
    reported = []
    for step, value in steps:
        if step == "handled":
            clock.handled(value)
        elif step == "probe":
            clock.probe(value)
        else:
            reported.append(clock.next_heartbeat(clock.probed if step == "idle" else None))
    times = [time for time in reported if time is not None]
    assert times == sorted(times)
