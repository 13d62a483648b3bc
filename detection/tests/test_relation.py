"""The relation member: causal, no further back than declared, told apart from what siblings and echoes explain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detection import relation
from detection.api import Calibration, Detector
from detection.fit import Nominal, fit_calibration
from detection.relation import Grid
from detection.series import Series, gapless
from detection.types import ChannelInput

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


@pytest.fixture(scope="module")
def related() -> Calibration:
    """Fitted on ten satellites of three siblings; no forecaster, so that little else than the relation speaks."""
    flown = [satellite(3000, seed) for seed in range(10)]
    times = START_MS + np.arange(3000, dtype=np.int64) * CADENCE_MS
    run = gapless(times, CADENCE_MS)
    group = {name: Nominal([Series(times, one[name], run, 0) for one in flown], 0.001) for name in NAMES}
    return fit_calibration("test", CADENCE_MS, "three siblings", [group], [])


def inputs(values: dict[str, NDArray[np.float64]], begin: int, end: int, history: int) -> list[ChannelInput]:
    times = START_MS + np.arange(begin - history, end, dtype=np.int64) * CADENCE_MS
    part = slice(begin - history, end)
    return [
        ChannelInput(name, "", times, own[part], history, end - begin, resolution=0.001) for name, own in values.items()
    ]


def ratios(calibration: Calibration, values: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """The largest of each channel's relation ratios, nan where none speaks."""
    judged, _, _ = Detector(calibration, []).evidence(inputs(values, 0, len(values["bus"]), 0))
    return {one.channel.name: np.fmax.reduce([one.ratios[member] for member in relation.MEMBERS]) for one in judged}


def test_a_shift_too_small_for_one_sample_is_found_on_its_channel_and_not_on_its_siblings(related: Calibration) -> None:
    """Half a volt in seven, which no range holds, is off by what siblings and last orbit imply."""
    values = satellite(RECORDS, 77)
    values["bus"][900:960] += 0.15
    found = ratios(related, values)
    assert (found["bus"][900:960] > 1.0).any()
    assert not (found["load"][900:960] > 1.0).any()
    assert not (found["heat"][900:960] > 1.0).any()


def test_a_fault_is_not_heard_again_one_orbit_later(related: Calibration) -> None:
    """Once nominal again, the channel is not off because its last orbit was."""
    values = satellite(RECORDS, 78)
    values["heat"][900:930] += 2.0
    found = ratios(related, values)["heat"]
    assert (found[900:930] > 1.0).any()
    assert not (found[930 + max(relation.SPANS) :] > 1.0).any()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    end=st.integers(1, RECORDS - 1),
    faulty=st.integers(0, RECORDS - 1),
    missing=st.frozensets(st.integers(0, RECORDS - 1), max_size=3),
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
    missing=st.frozensets(st.integers(0, RECORDS - 1), max_size=3),
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


def test_a_missing_sample_is_not_filled(related: Calibration) -> None:
    """Where a sibling's sample is missing the relation is silent, and it speaks again afterwards."""
    values = satellite(RECORDS, 81)
    values["load"][900] = np.nan
    found = ratios(related, values)["bus"]
    assert np.isnan(found[900])
    assert np.isfinite(found[1000])


def test_two_samples_of_one_slot_count_once() -> None:
    """Of samples that fall into one period of the cadence the first is seen, the second is silent."""
    times = np.array([0, 30_000, 44_000, 60_000], dtype=np.int64)
    grid = Grid([Series(times, np.arange(4.0), gapless(times, CADENCE_MS), 0)], CADENCE_MS)
    assert grid.values.tolist() == [[0.0, 1.0, 3.0]]
    np.testing.assert_array_equal(grid.gathered(0, grid.values[0]), [0.0, 1.0, np.nan, 3.0])
