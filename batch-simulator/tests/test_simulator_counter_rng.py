"""Noise that depends on what it is about, and recursions without loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batch_simulator import counter_rng, recursion

SEEDS = st.integers(0, 2**64 - 1)


@given(SEEDS, st.integers(0, 10**12), st.integers(1, 200), st.integers(0, 200))
def test_numbers_do_not_depend_on_how_the_axis_is_cut(seed: int, first: int, count: int, cut: int) -> None:
    """The numbers of two neighbouring spans are those of the span that holds both."""
    index = np.arange(first, first + count, dtype=np.int64)
    whole = counter_rng.normal(seed, index)
    parts = [counter_rng.normal(seed, part) for part in np.split(index, [min(cut, count)])]
    assert np.array_equal(np.concatenate(parts), whole)


def test_normal_numbers_are_normal() -> None:
    """Their mean, deviation and tails are those of a standard normal distribution, and neighbours are uncorrelated."""
    drawn = counter_rng.normal(counter_rng.key("test"), np.arange(200_000, dtype=np.int64))
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1.0) < 0.01
    assert abs(np.mean(np.abs(drawn) > 3.0) - 0.0027) < 0.0006
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.01


def test_keys_of_different_subjects_give_unrelated_numbers() -> None:
    """Two keys' numbers are uncorrelated."""
    index = np.arange(50_000, dtype=np.int64)
    a, b = (counter_rng.normal(counter_rng.key("noise", name), index) for name in ("gyro_x", "gyro_y"))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.02


@given(SEEDS, st.floats(1e9, 2e9), st.floats(30.0, 5000.0))
def test_smooth_noise_is_smooth(seed: int, start: float, step: float) -> None:
    """Within a hundredth of its step it moves by less than a twentieth of its range, across lattice points too."""
    time_s = start + np.linspace(0.0, 4.0 * step, 401)
    assert np.abs(np.diff(counter_rng.smooth_noise(seed, time_s, step))).max() < 0.3


def test_smooth_noise_has_about_unit_variance() -> None:
    """Over a long time its deviation is one within a tenth."""
    values = counter_rng.smooth_noise(5, np.arange(0.0, 2e7, 500.0), 3000.0)
    assert abs(values.std() - 1.0) < 0.1


@given(
    st.floats(0.0, 0.9999),
    st.floats(-100.0, 100.0),
    st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=300),
)
def test_decay_equals_its_loop(factor: float, start: float, drive: list[float]) -> None:
    """Doubling gives what the step-by-step recursion gives."""
    expected = [start]
    for value in drive[1:]:
        expected.append(factor * expected[-1] + value)
    assert np.allclose(recursion.decay(factor, np.array(drive), start), expected, rtol=1e-9, atol=1e-9)
