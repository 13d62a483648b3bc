"""The relation member: causal, no further back than declared, told apart from what others and echoes explain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detection import relation
from detection.api import Calibration, Detector
from detection.fit import Nominal, fit_calibration
from detection.judge import result
from detection.relation.bridge import LONGEST
from detection.relation.grid import Grid, mean_of_past
from detection.relation.regression import Gram, Problem, solve
from detection.relation.views import FAR, NEAR, SHADOW
from detection.series import Series, gapless
from detection.types import ChannelInput, Flags

CADENCE_MS = 30_000
START_MS = 1_767_225_600_000
NAMES = ("bus", "load", "heat")
RECORDS = 1500


def satellite(count: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Three channels that share an orbit's swing and a wandering load, each with noise of its own."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(count) / 185.0 + rng.random())
    wander = np.convolve(rng.standard_normal(count + 30), np.ones(30) / 5.0, "valid")[:count]
    truth = {
        "bus": 28.0 + np.sin(angle) - 0.3 * wander,
        "load": 50.0 + 6.0 * wander,
        "heat": 20.0 + 3.0 * np.sin(angle - 0.7) + 0.5 * wander,
    }
    noise = {"bus": 0.02, "load": 0.3, "heat": 0.08}
    return {name: np.round(truth[name] + noise[name] * rng.standard_normal(count), 3) for name in NAMES}


def fitted(kept: Flags) -> Calibration:
    """Fitted on ten satellites of three channels; no forecaster, so that little else than the relation speaks."""
    flown = [satellite(3000, seed) for seed in range(10)]
    times = (START_MS + np.arange(3000, dtype=np.int64) * CADENCE_MS)[kept]
    run = gapless(times, CADENCE_MS)
    group = {name: Nominal([Series(times, one[name][kept], run, 0) for one in flown], 0.001) for name in NAMES}
    return fit_calibration("test", CADENCE_MS, "three channels", [{"all": group}], [])


@pytest.fixture(scope="module")
def related() -> Calibration:
    """Fitted on whole records."""
    return fitted(np.ones(3000, dtype=np.bool_))


def inputs(values: dict[str, NDArray[np.float64]], begin: int, end: int, history: int) -> list[ChannelInput]:
    times = START_MS + np.arange(begin - history, end, dtype=np.int64) * CADENCE_MS
    part = slice(begin - history, end)
    return [
        ChannelInput(name, "", times, own[part], history, end - begin, resolution=0.001) for name, own in values.items()
    ]


def ratios(calibration: Calibration, values: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """The largest of each channel's relation ratios, nan where none speaks."""
    judged, _, _ = Detector(calibration, []).evidence(inputs(values, 0, len(values["bus"]), 0))
    silent = np.full(len(values["bus"]), np.nan)
    return {
        one.channel.name: np.fmax.reduce([one.ratios.get(member, silent) for member in relation.MEMBERS])
        for one in judged
    }


@pytest.mark.parametrize("channel", NAMES)
def test_a_shift_inside_the_range_is_found_on_its_channel_and_not_on_the_others(
    related: Calibration, channel: str
) -> None:
    """A step that the channel's own past does not let expect is that channel's, whatever it does to the others."""
    values = satellite(RECORDS, 77)
    step = {"bus": 0.5, "load": 12.0, "heat": 1.5}[channel]
    middle = float(np.median(values[channel]))
    values[channel][900:960] += step if values[channel][900] < middle else -step
    found = ratios(related, values)
    for name in NAMES:
        assert (found[name][903:960] > 1.0).any() == (name == channel)


def test_where_nothing_tells_which_of_two_it_is_both_are_named(related: Calibration) -> None:
    """A step too small for the channel's own past to tell is still found on it."""
    values = satellite(RECORDS, 77)
    values["bus"][900:960] += 0.15
    assert (ratios(related, values)["bus"][900:960] > 1.0).any()


def test_a_fault_is_not_heard_again_one_orbit_later(related: Calibration) -> None:
    """Once nominal again, the channel is not off because its last orbit was."""
    values = satellite(RECORDS, 78)
    values["heat"][900:930] += 2.0
    found = ratios(related, values)["heat"]
    assert (found[900:930] > 1.0).any()
    assert not (found[930 + max(FAR.spans) :] > 1.0).any()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    end=st.integers(1, RECORDS - 1),
    faulty=st.integers(0, RECORDS - 1),
    missing=st.frozensets(st.integers(0, RECORDS - 1), max_size=100),
)
def test_the_relation_on_a_truncated_record_is_the_prefix_of_that_on_the_whole(
    related: Calibration, end: int, faulty: int, missing: frozenset[int]
) -> None:
    """No sample's evidence depends on a later one."""
    values = satellite(RECORDS, 79)
    values["load"][faulty : faulty + 60] += 3.0
    for own in values.values():
        own[list(missing)] = np.nan
    detector = Detector(related, [])
    whole = detector.evidence(inputs(values, 0, RECORDS, 0))[0]
    part = detector.evidence(inputs(values, 0, end, 0))[0]
    for short, full in zip(part, whole, strict=True):
        for member in relation.MEMBERS:
            expected = full.ratios[member][: len(short.series)]
            np.testing.assert_allclose(short.ratios[member], expected, rtol=1e-9, atol=1e-12)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    begin=st.integers(1, RECORDS - relation.PAST - 1),
    faulty=st.integers(0, RECORDS - 1),
    missing=st.frozensets(st.integers(0, RECORDS - 1), max_size=100),
)
def test_the_relation_looks_back_no_further_than_declared(
    related: Calibration, begin: int, faulty: int, missing: frozenset[int]
) -> None:
    """With the declared history before it, a batch is judged as in the whole record."""
    values = satellite(RECORDS, 80)
    values["heat"][faulty : faulty + 60] += 1.0
    for own in values.values():
        own[list(missing)] = np.nan
    detector = Detector(related, [])
    assert detector.history_samples >= relation.PAST
    first = begin + relation.PAST
    whole = detector.evidence(inputs(values, 0, RECORDS, 0))[0]
    part = detector.evidence(inputs(values, first, RECORDS, relation.PAST))[0]
    for short, full in zip(part, whole, strict=True):
        count = len(short.series) - short.series.first
        for member in relation.MEMBERS:
            found, expected = short.ratios[member][-count:], full.ratios[member][-count:]
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_missing_sample_is_not_judged_and_the_next_ones_are(related: Calibration) -> None:
    """What is missing is not judged, nor is what is seen at that very time; what comes after a short gap is."""
    values = satellite(RECORDS, 81)
    values["load"][900:903] = np.nan
    found = ratios(related, values)
    assert len(found["load"]) == RECORDS - 3
    assert np.isnan(found["bus"][900:903]).all()
    assert np.isfinite(found["bus"][903:]).all()


def test_after_a_long_gap_nothing_is_judged_by_a_part_of_what_it_takes(related: Calibration) -> None:
    """A view is silent until all that it sees is there again, and the channel's result says for how long."""
    values = satellite(RECORDS, 81)
    for own in values.values():
        own[900 : 900 + LONGEST + 1] = np.nan
    detector = Detector(related, [])
    (judged,) = (one for one in detector.evidence(inputs(values, 0, RECORDS, 0))[0] if one.channel.name == "bus")
    silent = np.flatnonzero(np.isnan(judged.ratios[NEAR.name]))
    np.testing.assert_array_equal(silent, [*range(NEAR.oldest), *range(900, 900 + NEAR.oldest)])
    either = np.fmax.reduce([judged.ratios[member] for member in relation.MEMBERS])
    note = result(judged).note
    assert note is not None
    assert f"not held against the other channels for {np.isnan(either).sum()} samples" in note


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.02, 0.2), run=st.integers(1, 20))
def test_lost_records_raise_nothing(related: Calibration, seed: int, share: float, run: int) -> None:
    """However records are lost, singly or in rows, what arrives of a nominal satellite is nominal."""
    values = satellite(RECORDS, 86)
    for begin in np.flatnonzero(np.random.default_rng(seed).random(RECORDS) < share / run):
        for own in values.values():
            own[begin : begin + run] = np.nan
    for found in ratios(related, values).values():
        assert not (found > 1.0).any()


def test_a_fault_is_found_although_every_fifth_record_is_lost(related: Calibration) -> None:
    """What is lost around a fault does not hide it."""
    values = satellite(RECORDS, 87)
    values["heat"][900:1000] += 1.0
    for own in values.values():
        own[::5] = np.nan
    assert (ratios(related, values)["heat"][720:800] > 1.0).any()


def test_what_was_fitted_on_lossy_telemetry_judges_whole_telemetry() -> None:
    """Every tenth record being lost, so that nothing has a gapless past, the relation is fitted all the same."""
    lossy = fitted(np.arange(3000) % 10 != 9)
    assert "autoregression" not in lossy.channels["bus"].members
    values = satellite(RECORDS, 88)
    for found in ratios(lossy, values).values():
        assert np.isfinite(found[300:]).all()
        assert not (found > 1.0).any()
    values["heat"][900:1000] += 1.0
    assert (ratios(lossy, values)["heat"][900:1000] > 1.0).any()


def test_two_samples_of_one_slot_count_once() -> None:
    """Of samples that fall into one period of the cadence the first is seen, the second is silent."""
    times = np.array([0, 30_000, 44_000, 60_000], dtype=np.int64)
    grid = Grid([Series(times, np.arange(4.0), gapless(times, CADENCE_MS), 0)], CADENCE_MS, [[]])
    assert grid.values.tolist() == [[0.0, 1.0, 3.0]]
    np.testing.assert_array_equal(grid.gathered(0, grid.values[0]), [0.0, 1.0, np.nan, 3.0])


def test_a_creeping_fault_is_found_by_the_far_view(related: Calibration) -> None:
    """A drift that each sample lets expect of the next is told by the channels that do not drift with it."""
    values = satellite(RECORDS, 82)
    values["heat"][900:1100] += np.linspace(0.0, 0.5, 200)
    (judged,) = (
        one for one in Detector(related, []).evidence(inputs(values, 0, RECORDS, 0))[0] if one.channel.name == "heat"
    )
    far = np.fmax.reduce([judged.ratios[f"{FAR.name}_{span}"] for span in FAR.spans])
    assert (far[900:1100] > 1.0).any()
    assert not (judged.ratios["range"][900:1100] > 1.0).any()


def test_what_one_channel_does_to_those_that_see_it_is_its_own_fault(related: Calibration) -> None:
    """A channel that others are told by is flagged, and they are not, however long it lasts."""
    values = satellite(RECORDS, 83)
    values["load"][900:1000] += 8.0
    found = ratios(related, values)
    assert (found["load"][900:1000] > 1.0).any()
    for other in ("bus", "heat"):
        assert not (found[other][900 : 1000 + SHADOW] > 1.0).any()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(apart=st.sampled_from(NAMES), faulty=st.integers(700, RECORDS - 1))
def test_context_is_as_good_as_the_channels_themselves(related: Calibration, apart: str, faulty: int) -> None:
    """A channel judged by itself, the others given as context, has the evidence that it has among them."""
    values = satellite(RECORDS, 84)
    values["load"][faulty : faulty + 60] += 3.0
    detector = Detector(related, [])
    everything = inputs(values, 0, RECORDS, 0)
    among = {one.channel.name: one.ratios for one in detector.evidence(everything)[0]}[apart]
    own = [one for one in everything if one.name == apart]
    context = [one for one in everything if one.name in detector.context_of([apart])]
    (judged,) = detector.evidence(own, context)[0]
    for member in relation.MEMBERS:
        np.testing.assert_array_equal(judged.ratios[member], among[member])


def test_without_a_channel_only_what_sees_it_is_silent(related: Calibration) -> None:
    """A relation that lacks a channel says nothing, and the other members judge on."""
    values = satellite(RECORDS, 85)
    detector = Detector(related, [])
    alone = [one for one in inputs(values, 0, RECORDS, 0) if one.name == "bus"]
    assert detector.context_of(["bus"]) == {"load", "heat"}
    (judged,) = detector.evidence(alone)[0]
    assert not any(member in judged.ratios for member in relation.MEMBERS)
    assert np.isfinite(judged.ratios["autoregression"]).any()


@given(
    values=st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=80),
    first=st.integers(0, 40),
    length=st.integers(1, 40),
)
def test_the_mean_of_the_past_is_that_of_a_whole_span(values: list[float], first: int, length: int) -> None:
    """Where all of a span's samples are known, their mean; nothing elsewhere, and nothing before the record's begin."""
    record = np.array(values)
    found = mean_of_past(record, first, first + length - 1)
    for i in range(len(record)):
        span = record[max(0, i - first - length + 1) : max(0, i - first + 1)]
        if len(span) == length and np.isfinite(span).all():
            assert found[i] == pytest.approx(span.mean(), rel=1e-9, abs=1e-6)
        else:
            assert np.isnan(found[i])


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_groups_that_tell_are_chosen_and_the_others_are_not(seed: int) -> None:
    """Of six groups of features the two that make up the target are taken, the more telling first."""
    rng = np.random.default_rng(seed)
    seen = np.concatenate([np.ones((1, 40_000)), rng.standard_normal((18, 40_000))])
    target = 2.0 + 3.0 * seen[4] - 1.0 * seen[13] + 0.1 * rng.standard_normal(40_000)
    gram = Gram(np.arange(20))
    gram.add(np.concatenate([seen, target[None]]), np.ones(40_000))
    groups = [np.arange(1 + 3 * i, 4 + 3 * i) for i in range(6)]
    solved = solve(gram, Problem(19, np.array([0]), groups))
    assert solved is not None
    chosen, weights, always = solved
    assert chosen == [1, 4]
    np.testing.assert_allclose(weights, [3.0, 0.0, 0.0, -1.0, 0.0, 0.0], atol=0.02)
    np.testing.assert_allclose(always, [2.0], atol=0.02)
