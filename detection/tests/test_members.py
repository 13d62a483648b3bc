"""Members: each statistic is what it says, and never looks ahead."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection import members
from detection.series import Series, gapless
from detection.types import Floats

LAGS = np.linspace(0.0, 0.05, members.LAGS)

MEMBERS: dict[str, Callable[[Series], Floats]] = {
    "level": members.level,
    "activity": members.activity,
    "flat": members.flat,
    "autoregression": lambda series: members.autoregression(series, LAGS),
    "mean_error": lambda series: members.mean_error(series.values, series.run),
    "startled": lambda series: members.startled(series.values).astype(float),
}


def record(count: int, seed: int, missing: frozenset[int] = frozenset()) -> Series:
    index = np.array([i for i in range(count) if i not in missing], dtype=np.int64)
    values = np.round(np.random.default_rng(seed).standard_normal(count), 1)[index]
    return Series(index * 1000, values, gapless(index * 1000, 1000), 0)


def part(series: Series, begin: int, end: int) -> Series:
    times = series.timestamps[begin:end]
    return Series(times, series.values[begin:end], gapless(times, 1000), 0)


@pytest.mark.parametrize("name", MEMBERS)
@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, 299), seed=st.integers(0, 5), missing=st.frozensets(st.integers(0, 299), max_size=3))
def test_evidence_on_a_truncated_record_is_the_prefix_of_that_on_the_whole(
    name: str, cut: int, seed: int, missing: frozenset[int]
) -> None:
    """No member reads a later sample."""
    whole = record(300, seed, missing)
    cut = min(cut, len(whole))
    np.testing.assert_array_equal(MEMBERS[name](part(whole, 0, cut)), MEMBERS[name](whole)[:cut])


@pytest.mark.parametrize("name", MEMBERS)
@settings(max_examples=25, deadline=None)
@given(begin=st.integers(0, 150), seed=st.integers(0, 5), missing=st.frozensets(st.integers(0, 299), max_size=3))
def test_no_member_reads_further_back_than_the_declared_history(
    name: str, begin: int, seed: int, missing: frozenset[int]
) -> None:
    """With the declared past before it, a sample's evidence is the same as in the whole record."""
    whole = record(300, seed, missing)
    found = MEMBERS[name](part(whole, begin, len(whole)))
    np.testing.assert_array_equal(found[members.PAST :], MEMBERS[name](whole)[begin + members.PAST :])


def test_a_flat_run_is_counted_and_capped() -> None:
    """Equal values in a row count up, a gap or another value begins anew, and 96 is as far as it counts."""
    times = np.arange(200, dtype=np.int64) * 1000
    times[150:] += 9000
    series = Series(times, np.ones(200), gapless(times, 1000), 0)
    assert members.flat(series)[[0, 10, 95, 149, 150, 160]].tolist() == [1, 11, 96, 96, 1, 11]


def test_level_and_activity_are_means_over_30_gapless_samples() -> None:
    """Both are silent until 30 gapless samples (31 for changes) are there."""
    series = part(record(80, 1), 0, 80)
    assert np.isnan(members.level(series)[:29]).all()
    assert members.level(series)[29] == pytest.approx(series.values[:30].mean())
    assert np.isnan(members.activity(series)[:30]).all()
    assert members.activity(series)[30] == pytest.approx(np.abs(np.diff(series.values[:31])).mean())
