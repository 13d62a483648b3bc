"""What another detector would have changed: events paired, gained, lost, moved; nuisances a day."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.diff import DAY_MS, Event, Label, compare, nuisances, per_day

EVENT = Event("SAT-1", "battery_temp", 1000, 2000, "warning", 1.5, "limits", "why")
EVENTS = st.lists(
    st.builds(
        lambda satellite, channel, start, length, severity: Event(
            satellite, channel, start, start + length, severity, 1.0, "limits", ""
        ),
        st.sampled_from(["SAT-1", "SAT-2"]),
        st.sampled_from(["battery_temp", "rssi"]),
        st.integers(0, 60),
        st.integers(0, 20),
        st.sampled_from(["warning", "critical"]),
    ),
    max_size=12,
)


@given(EVENTS)
@settings(deadline=None)
def test_a_detector_changes_nothing_against_itself(events: list[Event]) -> None:
    """Compared with themselves, all events are kept."""
    diff = compare(events, events)
    assert (diff.gained, diff.lost, diff.moved, diff.kept) == ([], [], [], len(events))


@given(EVENTS, EVENTS)
@settings(deadline=None)
def test_every_event_is_told_of_exactly_once(before: list[Event], after: list[Event]) -> None:
    """Each event of a side is in one pair, or gained, or lost; pairs overlap on the same channel."""
    diff = compare(before, after)
    pairs = len(diff.moved) + diff.kept
    assert pairs + len(diff.lost) == len(before)
    assert pairs + len(diff.gained) == len(after)
    assert all(pair.before.overlap(pair.after) for pair in diff.moved)
    assert not any(lost.overlap(gained) for lost in diff.lost for gained in diff.gained)


@given(EVENTS, EVENTS)
@settings(deadline=None)
def test_what_one_gains_the_other_loses(before: list[Event], after: list[Event]) -> None:
    """Looked at from the other side, gained and lost change places in number."""
    there, back = compare(before, after), compare(after, before)
    assert (len(there.gained), len(there.lost), there.kept) == (len(back.lost), len(back.gained), back.kept)


def test_an_event_that_lasts_longer_has_moved() -> None:
    """Another bound or severity is a move, not a loss and a gain; elsewhere is both."""
    longer, worse = replace(EVENT, end=3000), replace(EVENT, severity="critical")
    assert compare([EVENT], [longer]).moved == [(EVENT, longer)]
    assert compare([EVENT], [worse]).moved == [(EVENT, worse)]
    elsewhere = replace(EVENT, channel="rssi")
    diff = compare([EVENT], [elsewhere])
    assert (diff.gained, diff.lost, diff.moved) == ([elsewhere], [EVENT], [])


def test_nuisances_are_events_where_nothing_is_wrong() -> None:
    """An event that touches a known fault of its satellite and channel is none; a fault without channel is on all."""
    inside = Label("SAT-1", "battery_temp", 2000, 2500)
    assert nuisances([EVENT], [inside]) == []
    assert nuisances([EVENT], [Label("SAT-1", None, 0, 1000)]) == []
    for other in (replace(inside, start=2001), replace(inside, channel="rssi"), replace(inside, satellite_id="SAT-2")):
        assert nuisances([EVENT], [other]) == [EVENT]


def test_so_many_a_day() -> None:
    """Counts are per observed day; where nothing was observed there is no figure."""
    assert per_day(3, 2 * DAY_MS) == 1.5
    assert per_day(0, 0) is None
