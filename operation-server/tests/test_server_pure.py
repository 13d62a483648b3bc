"""Rules without I/O: decimation, spans, cursors, diffs, aggregates, words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from operation_server.batches.diff import diff_events, diff_verdicts
from operation_server.db import partitions
from operation_server.judgements.aggregate import SEVEREST_FIRST, completeness, worst
from operation_server.judgements.ranking import ChannelScore, worst_channels
from operation_server.telemetry.decimate import decimate, gaps, longest
from operation_server.times import from_ms, parse_instant, to_ms
from operation_server.trends.statistics import expected_samples, forecast_errors, summarise
from operation_server.web.paging import Position, cut, decode_position, encode_position
from operation_server.web.problems import InvalidRequest

FINITE = st.floats(-1e9, 1e9)
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def series(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Rising times with gaps of any size, and as many values."""
    steps = draw(hnp.arrays(np.int64, st.integers(0, 400), elements=st.integers(1, 10_000)))
    times = 1_000_000 + np.cumsum(steps)
    return times, draw(hnp.arrays(np.float64, len(times), elements=FINITE))


@given(series(), st.integers(4, 200))
def test_decimation_keeps_extremes_and_ends(data: tuple[np.ndarray, np.ndarray], points: int) -> None:
    """The result is a rising subset within the limit, and keeps the first, the last, the lowest and the highest."""
    times, values = data
    start, end = 1_000_000, int(times[-1]) if len(times) else 1_000_000
    t, v = decimate(times, values, points, start, end)
    assert len(t) == len(v) <= max(points, 4)
    assert set(zip(t.tolist(), v.tolist(), strict=True)) <= set(zip(times.tolist(), values.tolist(), strict=True))
    assert all(a < b for a, b in pairwise(t.tolist()))
    if len(times):
        assert (t[0], t[-1]) == (times[0], times[-1])
        assert (v.min(), v.max()) == (values.min(), values.max())
    if len(times) <= points:
        assert t.tolist() == times.tolist()


@given(st.integers(0, 9_999), st.integers(16, 2_000), st.floats(1e-3, 1e6), st.booleans())
def test_a_one_sample_spike_stays_visible(at: int, points: int, size: float, down: bool) -> None:
    """However much is left out, a single sample that sticks out of its surroundings is shown at its own time."""
    times = np.arange(10_000, dtype=np.int64) * 30_000
    values = np.zeros(10_000)
    values[at] = -size if down else size
    t, v = decimate(times, values, points, 0, int(times[-1]))
    assert dict(zip(t.tolist(), v.tolist(), strict=True))[at * 30_000] == values[at]


@given(series(), st.integers(1, 5_000))
def test_gaps_are_the_wide_steps(data: tuple[np.ndarray, np.ndarray], cadence: int) -> None:
    """A gap is told exactly where neighbours are more than one and a half cadences apart."""
    times = data[0].tolist()
    assert gaps(data[0], cadence) == [(a, b) for a, b in pairwise(times) if (b - a) * 2 > cadence * 3]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=30).map(sorted), st.integers(1, 10))
def test_of_many_gaps_the_longest_are_kept_in_their_order(spans: list[tuple[int, int]], most: int) -> None:
    """What is left out is not longer than anything that is kept."""
    spans = [(start, start + length) for start, length in spans]
    kept = longest(spans, most)
    assert len(kept) == min(most, len(spans))
    assert list(kept) == sorted(kept)
    lengths = sorted((end - start for start, end in spans), reverse=True)
    assert sorted((end - start for start, end in kept), reverse=True) == lengths[: len(kept)]


@given(st.integers(0, 4_000_000_000_000))
def test_instants_keep_every_millisecond(ms: int) -> None:
    """Milliseconds and ISO text mean the same instant, to the millisecond."""
    assert to_ms(from_ms(ms)) == ms
    assert parse_instant(str(ms)) == parse_instant(from_ms(ms).isoformat()) == from_ms(ms)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-01-02T03:04:05", "1969-12-31T00:00:00Z", "-1", "1e3", "9" * 15]
)
def test_instants_that_are_none_are_refused(text: str) -> None:
    """What has no offset, no sense, or lies outside the years 1970 to 9999 is refused."""
    with pytest.raises(ValueError, match=r"instant|offset|1970"):
        parse_instant(text)


@given(INSTANTS, st.uuids())
def test_cursors_come_back_as_they_went(at: datetime, uid: object) -> None:
    """A cursor holds its position exactly, and is of use to its own list only."""
    position = Position(at, str(uid))
    assert decode_position("jobs", encode_position("jobs", position)) == position
    with pytest.raises(InvalidRequest):
        decode_position("batches", encode_position("jobs", position))


@given(st.text(max_size=80))
def test_foreign_cursors_are_refused(text: str) -> None:
    """Text that no list has given is refused as a cursor, whatever it is."""
    with pytest.raises(InvalidRequest, match=r"query\.cursor: not a cursor of this list"):
        decode_position("jobs", text)


@given(st.lists(st.integers(), max_size=20), st.integers(1, 20))
def test_a_page_ends_where_the_limit_says(items: list[int], limit: int) -> None:
    """A page has at most its limit, and a cursor only if something follows."""
    found = [(Position(from_ms(i), "00000000-0000-0000-0000-000000000000"), item) for i, item in enumerate(items)]
    page, following = cut("list", found[: limit + 1], limit)
    assert page == items[:limit]
    assert (following is not None) == (len(items) > limit)


class Event:
    """An event as far as a diff looks at it."""

    def __init__(self, channel: str, start: int, length: int, severity: str) -> None:
        self.channel, self.severity = channel, severity
        self.start = from_ms(start)
        self.end = self.start + timedelta(milliseconds=length)


EVENTS = st.lists(
    st.builds(
        Event, st.sampled_from("ab"), st.integers(0, 50), st.integers(0, 20), st.sampled_from(["warning", "critical"])
    ),
    max_size=8,
)


@given(EVENTS)
def test_nothing_differs_from_itself(events: list[Event]) -> None:
    """A revision compared with an equal one has gained, lost and moved nothing."""
    disjoint: dict[tuple[str, datetime], Event] = {}
    for e in events:
        if all(e.channel != o.channel or e.end < o.start or o.end < e.start for o in disjoint.values()):
            disjoint[e.channel, e.start] = e
    found = diff_events(list(disjoint.values()), list(disjoint.values()))
    assert (found.gained, found.lost, found.moved) == ([], [], [])


@given(EVENTS, EVENTS)
def test_a_diff_accounts_for_every_event(before: list[Event], after: list[Event]) -> None:
    """Backwards, gained is lost; every event is gained or lost, or paired with an overlapping one of its channel."""
    forward, backward = diff_events(before, after), diff_events(after, before)
    assert set(map(id, forward.gained)) == set(map(id, backward.lost))
    assert set(map(id, forward.lost)) == set(map(id, backward.gained))
    assert len(after) - len(forward.gained) == len(before) - len(forward.lost) >= len(forward.moved)
    for a, b in forward.moved:
        assert a.channel == b.channel
        assert a.start <= b.end
        assert b.start <= a.end
    for lost in forward.lost:
        assert not any(
            g.channel == lost.channel and g.start <= lost.end and lost.start <= g.end for g in forward.gained
        )


def test_verdict_changes_name_what_a_revision_did_not_judge() -> None:
    """A subsystem that only one revision judged is a change from or to nothing."""
    assert diff_verdicts({"a": "NOMINAL", "b": "ERROR"}, {"a": "NOMINAL", "c": "ANOMALY"}) == [
        ("b", "ERROR", None),
        ("c", None, "ANOMALY"),
    ]


@given(st.lists(st.sampled_from(SEVEREST_FIRST), min_size=1))
def test_the_worst_verdict_stands_for_all(verdicts: list[str]) -> None:
    """The aggregate is one of the verdicts, no other of them is worse, and their order does not matter."""
    found = worst(verdicts)
    assert found in verdicts
    assert all(SEVEREST_FIRST.index(found) <= SEVEREST_FIRST.index(v) for v in verdicts)
    assert found == worst(verdicts[::-1])
    assert worst([]) == "PENDING"


@given(st.integers(0, 5000), st.none() | st.integers(0, 5000), st.integers(0, 100))
def test_completeness_is_a_share_or_unknown(records: int, expected: int | None, unexpected: int) -> None:
    """Completeness lies between 0 and 1, and is unknown exactly where nobody said how many to expect."""
    found = completeness(records, expected, unexpected)
    assert (found is None) == (not expected)
    assert found is None or 0 <= found <= 1


def test_channels_with_worse_events_come_first() -> None:
    """Severity counts before the score, the score against its own threshold; at most three are named."""
    channels = [
        ChannelScore("quiet", "eps", 1.0, 4.0, None),
        ChannelScore("loud", "eps", 40.0, 50.0, None),
        ChannelScore("warned", "eps", 5.0, 4.0, "warning"),
        ChannelScore("critical", "eps", 4.5, 4.0, "critical"),
        ChannelScore("unscored", "eps", None, None, None),
    ]
    assert [c["channel"] for c in worst_channels(channels)] == ["critical", "warned", "loud"]


@given(series())
def test_statistics_agree_with_the_values(data: tuple[np.ndarray, np.ndarray]) -> None:
    """Extremes, mean and quantiles are ordered; a forecast equal to the samples has no error."""
    times, values = data
    found = summarise(values)
    assert (found is None) == (len(values) == 0)
    if found:
        assert values[found.lowest] <= found.p05 <= found.median <= found.p95 <= values[found.highest]
    errors = forecast_errors(times, values, times, values)
    assert errors.count == len(times)
    assert errors.mae in (0.0, None)
    assert expected_samples(times, 1000) >= len(times)


def test_forecast_errors_are_taken_at_equal_times() -> None:
    """Only samples at exactly the forecasts' times count, and missing forecasts do not."""
    times, values = np.array([10, 20, 30]), np.array([1.0, 2.0, 3.0])
    errors = forecast_errors(times, values, np.array([20, 25, 30, 40]), np.array([2.5, 9.0, np.nan, 9.0]))
    assert (errors.count, errors.mae, errors.bias, errors.max_error) == (1, 0.5, 0.5, 0.5)


@given(st.dates(min_value=datetime(2020, 1, 1, tzinfo=UTC).date(), max_value=datetime(2100, 1, 1, tzinfo=UTC).date()))
def test_every_day_has_one_partition(day: object) -> None:
    """The week of a day begins on a Monday at most six days before."""
    monday = partitions.week_of(day)  # type: ignore[arg-type]
    assert monday.weekday() == 0
    assert timedelta(0) <= day - monday < timedelta(days=7)  # type: ignore[operator]
