"""What the monitor finds in telemetry, sample by sample."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limit_monitor.watch import Watch
from passwatch.contracts import LimitFinding, TelemetryChunk
from passwatch.mission import Channel, Limits, Mission, MissionFile, Monitor

START, STEP = 1_772_323_200_000, 1_000


def mission(**channel: Any) -> Mission:
    made = Channel(name="temp", subsystem="thermal", unit="°C", **channel)
    content = MissionFile(
        id="m", name="", description="", cadence_s=1, batch_records=10, satellite_pattern="S.*", channels=[made]
    )
    return Mission(content, "0")


LIMITS = Limits(warning_low=0, warning_high=40, critical_high=60)


def chunk(values: list[float | None], first: int = 0, **other: Any) -> TelemetryChunk:
    times = [START + (first + n) * STEP for n in range(len(values))]
    fields: dict[str, Any] = {"mission": "m", "satellite_id": "S-1", "batch_id": "b", "first_index": first}
    return TelemetryChunk(timestamps=times, channels={"temp": values}, **(fields | other))


def seen(watch: Watch, *values: float | None, cut: int | None = None) -> list[LimitFinding]:
    parts = [list(values)[n : n + (cut or len(values))] for n in range(0, len(values), cut or len(values))]
    return [f for n, part in enumerate(parts) for f in watch.take(chunk(part, n * (cut or 0)), START)]


@pytest.mark.parametrize("cut", [None, 1, 2])
def test_a_spike_of_one_sample_is_found_and_is_over(cut: int | None) -> None:
    """One sample beyond a limit begins a violation, the next ends it, however the records come."""
    found = seen(Watch({"m": mission(limits=LIMITS)}), 20, 21, 45, 22, None, 23, cut=cut)
    assert [(f.ongoing, f.start, f.end, f.severity) for f in found] == [
        (True, START + 2 * STEP, START + 2 * STEP, "warning"),
        (False, START + 2 * STEP, START + 2 * STEP, "warning"),
    ]
    assert found[0].finding_id == found[1].finding_id
    assert found[0].explanation == "temp 45 °C, above its warning limit 40 °C"


def test_what_grows_critical_is_told_once_more() -> None:
    """A violation that lasts is one finding, updated when it becomes critical and when it ends."""
    found = seen(Watch({"m": mission(limits=LIMITS)}), 41, 42, 43, 61, 70, 43, 20)
    assert [(f.severity, f.ongoing, f.value) for f in found] == [
        ("warning", True, 41),
        ("critical", True, 61),
        ("critical", False, 70),
    ]
    assert len({f.finding_id for f in found}) == 1


def test_within_the_deadband_a_violation_goes_on() -> None:
    """What hovers at a limit is one violation: it ends when it is back by the deadband."""
    watched = mission(limits=LIMITS, monitor=Monitor(deadband=2))
    found = seen(Watch({"m": watched}), 41, 39, 41, 38.5, 41, 37.9, 39)
    assert [f.ongoing for f in found] == [True, False]


def test_persistence_asks_for_consecutive_samples() -> None:
    """With a persistence of three, two in a row are nothing; the finding begins with the first of three."""
    watched = mission(limits=LIMITS, monitor=Monitor(persistence=3))
    found = seen(Watch({"m": watched}), 41, 41, 20, 41, 41, 41, 20)
    assert [(f.ongoing, f.start) for f in found] == [(True, START + 3 * STEP), (False, START + 3 * STEP)]


def test_rates_states_and_transitions() -> None:
    """Each of the other rules finds what breaks it, and says what was allowed."""
    fast = seen(Watch({"m": mission(monitor=Monitor(max_rate=5))}), 20, 24, 30, 31)
    assert [(f.rule, f.score, f.ongoing) for f in fast] == [("rate", 1.2, True), ("rate", 1.2, False)]
    state = seen(Watch({"m": mission(monitor=Monitor(states=[0, 1, 2]))}), 0, 1, 7, 2)
    assert next((f.rule, f.severity) for f in state) == ("state", "critical")
    moves = Monitor(transitions=[(0, 1), (1, 2), (2, 0)])
    moved = seen(Watch({"m": mission(monitor=moves)}), 0, 0, 1, 2, 1, 1)
    assert next((f.rule, f.explanation) for f in moved) == ("transition", "temp went from 2 to 1, not allowed")


def test_what_comes_again_or_late_is_passed_over() -> None:
    """Records that are not newer than those before them change nothing: a resend, a rewind, an old dump."""
    watch = Watch({"m": mission(limits=LIMITS)})
    assert len(seen(watch, 20, 45, 45)) == 1
    assert seen(watch, 20, 45, 45) == []
    assert [f.ongoing for f in watch.take(chunk([46, 20], 2), START)] == [False]


def test_streams_and_satellites_are_apart() -> None:
    """A dump does not end what realtime telemetry began, and says which stream it is of."""
    watch = Watch({"m": mission(limits=LIMITS)})
    assert [f.stream for f in watch.take(chunk([45]), START)] == ["realtime"]
    assert watch.take(chunk([20], 1, stream="dump"), START) == []
    assert [f.satellite_id for f in watch.take(chunk([45], satellite_id="S-2"), START)] == ["S-2"]
    assert watch.take(chunk([45], satellite_id="X"), START) == []
    assert watch.take(chunk([45], mission="other"), START) == []


@given(st.lists(st.none() | st.floats(-10, 80), min_size=1, max_size=60), st.integers(1, 60))
def test_how_records_are_cut_into_chunks_does_not_matter(values: list[float | None], cut: int) -> None:
    """The same records give the same findings; every violation that began and is over has ended."""
    whole = seen(Watch({"m": mission(limits=LIMITS)}), *values)
    assert seen(Watch({"m": mission(limits=LIMITS)}), *values, cut=cut) == whole
    given_values = [v for v in values if v is not None]
    begun, ended = {f.finding_id for f in whole if f.ongoing}, {f.finding_id for f in whole if not f.ongoing}
    assert ended <= begun
    broken_at_the_end = bool(given_values) and not 0 <= given_values[-1] <= 40
    assert len(begun - ended) == broken_at_the_end
