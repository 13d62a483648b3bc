"""Events in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection import limits, words
from detection.calibration import Bounds
from passwatch.mission import Limits


@pytest.mark.parametrize(
    ("value", "step", "said"),
    [(41.234, 0.1, "41.2"), (2100.0, 1.0, "2100"), (7.65432, 0.0005, "7.6543"), (0.123456, None, "0.1235")],
)
def test_a_value_has_the_decimals_of_its_step(value: float, step: float | None, said: str) -> None:
    """No digit is shown that the digitisation does not support."""
    assert words.number(value, step) == said


@pytest.mark.parametrize(("seconds", "said"), [(30, "30 s"), (840, "14 min"), (9000, "2.5 h")])
def test_a_duration_is_said_in_the_unit_that_fits(seconds: float, said: str) -> None:
    """Seconds, minutes or hours."""
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (0.0, "once in 1 samples"),
        (0.98, "once in 50 samples"),
        (0.999936, "once in 16,000 samples"),
        (1.0, "less than once in 1,000,000,000 samples"),
    ],
)
def test_a_confidence_is_said_as_a_rarity(confidence: float, said: str) -> None:
    """Nobody pictures 0.99994; once in so many samples they do."""
    assert words.rarity(confidence) == said


def test_bounds_are_said_as_far_as_they_are_judged() -> None:
    """One-sided bounds name their one side."""
    assert words.within(Bounds(centre=0, low=-1, high=2), 1.0, " V") == "-1 to 2 V"
    assert words.within(Bounds(centre=0, high=2), 1.0, " V") == "at most 2 V"


@given(st.floats(-200, 200))
def test_a_value_violates_a_limit_exactly_if_it_exceeds_it(value: float) -> None:
    """On a limit is within it; the critical limit is named where both are exceeded."""
    checked = Limits(warning_low=-50, warning_high=50, critical_low=-100, critical_high=100)
    said = limits.violated(value, checked)
    assert (said is None) == (abs(value) <= 50)
    if said:
        assert ("critical" in said) == (abs(value) > 100)
