"""The reliability plot: right confidences lie on the diagonal, wrong ones do not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detection.evaluation.reliability import deviation, reliability, report


def uniform(seed: int, count: int = 100_000) -> np.ndarray:
    return np.random.default_rng(seed).random(count)


def test_right_confidences_are_exceeded_as_often_as_they_say() -> None:
    """Confidences that are spread evenly are right at every level that there are samples for."""
    levels = reliability({"a": uniform(1), "b": uniform(2)})
    assert [one.rarity for one in levels][-1] == 3e-4
    assert deviation(levels) < 1.3
    assert all(one.low <= one.observed * 1.3 and one.high >= one.observed / 1.3 for one in levels)


def test_confidences_that_are_too_sure_are_told() -> None:
    """Where ten times as much is exceeded as it should be, the factor says ten; below 1 they are too modest."""
    sure = 1.0 - 0.1 * (1.0 - uniform(3))
    assert deviation(reliability({"a": sure})) == pytest.approx(10.0, rel=0.2)
    modest = 0.5 * uniform(4)
    assert deviation(reliability({"a": modest})) == math.inf


def test_what_was_not_judged_does_not_count() -> None:
    """Samples without a confidence are no samples."""
    values = np.concatenate((uniform(5, 5000), np.full(5000, np.nan)))
    assert reliability({"a": values, "b": np.full(9, np.nan)})[0].samples == 5000
    assert reliability({"b": np.full(9, np.nan)}) == []


def test_the_report_has_plot_and_table() -> None:
    """The picture is described, and each level is a row."""
    levels = reliability({"a": uniform(6)})
    page = report(levels, "twenty satellites", "calibration 1")
    assert page.count("<tr") == len(levels) + 1
    assert 'role="img"' in page
    assert "twenty satellites" in page
