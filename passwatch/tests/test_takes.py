"""Takes laid over one another."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passwatch.takes import Samples, newest, overlay, take_of


def take(times: list[int], value: float) -> Samples:
    return np.array(times, dtype=np.int64), np.full(len(times), value)


def test_the_newest_take_hides_what_lies_under_it() -> None:
    """A corrected pass hides the wrong one, a faster one between its samples too; before and after stay."""
    low, high = take([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0.0), take([3, 6], 1.0)
    times, values, takes = overlay({0: low, 1: high})
    assert times.tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert values.tolist() == [0, 0, 0, 1, 1, 0, 0, 0]
    assert takes.tolist() == [0, 0, 0, 1, 1, 0, 0, 0]


def test_a_take_hides_nothing_where_it_is_silent() -> None:
    """Between two passes of the higher take the lower one shows."""
    times, values = newest({0: take([*range(0, 100, 10)], 0.0), 1: take([5, 6, 7, 70, 71, 72], 1.0)})
    assert times.tolist() == [0, 5, 6, 7, 10, 20, 30, 40, 50, 60, 70, 71, 72, 80, 90]
    assert sum(values) == 6


@given(st.dictionaries(st.integers(0, 4), st.sets(st.integers(0, 60)), max_size=4))
def test_every_time_is_shown_once_and_the_highest_take_whole(given_times: dict[int, set[int]]) -> None:
    """Times rise strictly; all of the highest take is there, and nothing that no take has."""
    takes = {number: take(sorted(times), float(number)) for number, times in given_times.items()}
    times, values, shown = overlay(takes)
    assert np.all(np.diff(times) > 0)
    assert values.tolist() == shown.tolist()
    assert all(time in given_times[number] for time, number in zip(times.tolist(), shown.tolist(), strict=True))
    present = [number for number, of_take in given_times.items() if of_take]
    if present:
        assert given_times[max(present)] == set(times[shown == max(present)].tolist())


def test_the_take_of_a_series_is_its_label() -> None:
    """Series without the label are of the first take."""
    assert (take_of({"take": "3"}), take_of({})) == (3, 0)
