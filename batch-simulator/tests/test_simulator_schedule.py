"""Which satellites send, and from when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_simulator import schedule, times
from batch_simulator.errors import UsageError
from passwatch.mission import Mission

NOW = 1_795_000_000_000
USUAL = schedule.FIRST_CONTACT_MS


def test_satellites_are_the_listed_ones_and_then_their_like(default_mission: Mission, simple_mission: Mission) -> None:
    """The mission's own satellites come first; more are counted on from the last."""
    assert schedule.satellites(default_mission, 2) == ["SAT-001", "SAT-002"]
    assert schedule.satellites(default_mission, 5)[2:] == ["SAT-003", "SAT-004", "SAT-005"]
    assert schedule.satellites(simple_mission, 2) == ["MINI-001", "MINI-002"]
    assert len(set(schedule.satellites(default_mission, 1_000))) == 1_000


def test_satellites_of_other_missions_are_refused(recorded_mission: Mission, default_mission: Mission) -> None:
    """An id that the mission does not take, or one named twice, is an error that names it."""
    with pytest.raises(UsageError, match="SAT-001"):
        schedule.satellites(recorded_mission, 1)
    with pytest.raises(UsageError, match="a/b"):
        schedule.check_satellites(default_mission, ["a/b"])
    with pytest.raises(UsageError, match="twice"):
        schedule.check_satellites(default_mission, ["A", "B", "A"])


@given(newest=st.integers(0, NOW), cadence=st.integers(1, 3_600_000), span=st.integers(0, 10**11))
def test_a_known_satellite_goes_on_one_step_after_its_newest_sample(newest: int, cadence: int, span: int) -> None:
    """Neither a gap nor a sample twice."""
    assert schedule.start_after(newest, NOW, cadence, span, USUAL) == newest + cadence


@given(span=st.integers(0, schedule.KEPT_MS - times.DAY_MS))
def test_a_new_satellite_starts_far_enough_back_and_not_too_far(span: int) -> None:
    """What it sends fits before now and into what is kept, and starts on a whole minute."""
    start = schedule.start_after(None, NOW, 30_000, span, USUAL)
    assert start % 60_000 == 0
    assert start + span <= NOW
    assert NOW - start <= schedule.KEPT_MS + 60_000
    assert NOW - start >= USUAL


@given(start=st.integers(0, 2 * NOW), span=st.integers(0, NOW))
def test_nothing_ends_in_the_future(start: int, span: int) -> None:
    """A span is refused exactly if its end lies ahead, and the message says what to do."""
    if start + span <= NOW:
        schedule.check_past("SAT-001", start, span, NOW, remedy="Send less.")
    else:
        with pytest.raises(UsageError, match=r"SAT-001.*in the future.*Send less\."):
            schedule.check_past("SAT-001", start, span, NOW, remedy="Send less.")


@given(st.integers(0, 4_000_000_000_000))
def test_times_are_read_as_they_are_written(ms: int) -> None:
    """ISO times round trip to the millisecond; a compact one sorts as time does."""
    assert times.parse(times.iso(ms)) == ms
    assert times.compact(ms) < times.compact(ms + 86_400_000)


def test_a_time_without_an_offset_is_utc() -> None:
    """Two ways to write the same instant, and one with an offset."""
    assert times.parse("2026-03-01") == times.parse("2026-03-01T00:00:00Z") == times.parse("2026-03-01T01:00:00+01:00")


@pytest.mark.parametrize("text", ["yesterday", "", "1960-01-01T00:00:00Z", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """Text that is no time, or a time that no message can carry."""
    with pytest.raises(ValueError, match=r"\S"):
        times.parse(text)


@pytest.mark.parametrize(
    ("ms", "text"), [(40_000, "40 s"), (32_400_000, "9 h 0 min"), (273_600_000, "3 d 4 h"), (90_000, "1 min 30 s")]
)
def test_spans_are_told_in_the_units_that_matter(ms: int, text: str) -> None:
    """A person reads the size at a glance."""
    assert times.duration(ms) == text
