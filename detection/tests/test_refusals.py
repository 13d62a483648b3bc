"""For how long refusals may pass: the rule, with times made up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.forecasters.refusals import PATIENCE_S, UNBROKEN_S, Refusals


def refusals_at(times: list[float]) -> list[bool]:
    """What is answered to a refusal at each of these times."""
    clock = iter(times)
    refusals = Refusals(lambda: next(clock))
    return [refusals.refused() for _ in times]


def test_refusals_are_final_when_the_patience_is_over() -> None:
    """Tried every two seconds, the model is given up at the first try after the patience."""
    times = [2.0 * n for n in range(round(PATIENCE_S / 2) + 1)]
    assert refusals_at(times) == [False] * (len(times) - 1) + [True]


@given(st.lists(st.floats(0, 2 * UNBROKEN_S), min_size=1, max_size=80))
def test_only_an_unbroken_run_of_refusals_is_final(gaps: list[float]) -> None:
    """A refusal is final if, and only if, a run without a longer silence began a patience before it."""
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    begin = times[0]
    for answer, (before, now) in zip(refusals_at(times)[1:], pairwise(times), strict=True):
        if now - before > UNBROKEN_S:
            begin = now
        assert answer == (now - begin >= PATIENCE_S)


@pytest.mark.parametrize("gap", [0.0, UNBROKEN_S])
def test_an_answer_begins_the_patience_anew(gap: float) -> None:
    """After an answer the next refusal is a first one, however long it had been refused before."""
    now = 0.0
    refusals = Refusals(lambda: now)
    refusals.refused()
    while not refusals.refused():
        now += UNBROKEN_S
    refusals.end()
    now += gap
    assert not refusals.refused()
